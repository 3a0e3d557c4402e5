package dev.lockstep.persistence;

import java.io.IOException;

/** The AUX fields at the head of an RDB that Redis writes and reads. */
public final class RdbAux {
    /** Version of the server that wrote the file. */
    public static final String REDIS_VER = "redis-ver";

    /** 32 or 64. */
    public static final String REDIS_BITS = "redis-bits";

    /** When the file was written, Unix time in seconds. */
    public static final String CTIME = "ctime";

    /** used_memory at that time, in bytes. */
    public static final String USED_MEM = "used-mem";

    /** The database that is selected in the replication stream at {@link #REPL_OFFSET}, -1 for none. */
    public static final String REPL_STREAM_DB = "repl-stream-db";

    /** The replication ID, 40 hexadecimal digits. */
    public static final String REPL_ID = "repl-id";

    /** The replication offset that the data correspond to. */
    public static final String REPL_OFFSET = "repl-offset";

    /** 1 if the file is the base of an append-only file, else 0. */
    public static final String AOF_BASE = "aof-base";

    private RdbAux() {}

    /**
     * Writes the fields in the order in which Redis does.
     *
     * @param replId null to leave out the three replication fields
     */
    public static void write(
            final RdbWriter writer,
            final String redisVersion,
            final long ctimeSeconds,
            final long usedMemoryBytes,
            final int replStreamDb,
            final String replId,
            final long replOffset,
            final boolean aofBase)
            throws IOException {
        writer.aux(REDIS_VER, redisVersion);
        writer.aux(REDIS_BITS, 64);
        writer.aux(CTIME, ctimeSeconds);
        writer.aux(USED_MEM, usedMemoryBytes);
        if (replId != null) {
            writer.aux(REPL_STREAM_DB, replStreamDb);
            writer.aux(REPL_ID, replId);
            writer.aux(REPL_OFFSET, replOffset);
        }
        writer.aux(AOF_BASE, aofBase ? 1 : 0);
    }
}
