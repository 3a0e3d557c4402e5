package dev.lockstep.persistence;

/**
 * The point of a replication history that an RDB's data correspond to: its fields repl-stream-db, repl-id and
 * repl-offset.
 *
 * @param streamDb the database selected in the stream at that offset, 0 or more
 * @param replId 40 hexadecimal digits
 * @param offset bytes of the stream that the data include
 */
public record ReplicationPosition(int streamDb, String replId, long offset) {}
