package dev.lockstep.server;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ViewCursor;
import dev.lockstep.persistence.DumpPayload;

/** Values as DUMP shows them. Reused; executor only. */
public final class Serialized {
    /** Bytes of a payload that are not the value: its type before, version and checksum behind. */
    private static final int FRAME_BYTES = 1 + DumpPayload.FOOTER_LENGTH;

    private final DumpPayload plain = new DumpPayload(false);
    private final DumpPayload compressed = new DumpPayload(true);
    private final ViewCursor value = new ViewCursor();

    /** The payload of an entry's value; valid until the next call. */
    public DumpPayload of(Database db, int cell, boolean compress) {
        DumpPayload payload = compress ? compressed : plain;
        payload.write(value.at(db, cell));
        return payload;
    }

    /** How many bytes the value itself takes in a payload or an RDB file. */
    public int length(Database db, int cell, boolean compress) {
        return of(db, cell, compress).length() - FRAME_BYTES;
    }
}
