package dev.lockstep.persistence;

/**
 * The point of a replication history that an RDB's data correspond to: its fields repl-stream-db, repl-id and
 * repl-offset.
 *
 * @param replId 40 hexadecimal digits
 * @param offset bytes of the stream that the data include
 * @param streamDb the database selected in the stream at that offset, or -1 for none yet
 */
public record ReplicationPosition(String replId, long offset, int streamDb) {}
