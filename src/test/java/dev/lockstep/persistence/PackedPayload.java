package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;

/** DUMP payloads of values that are one packed string: listpacks, intsets, and their forerunners. */
public final class PackedPayload {
    public static final int SET_INTSET = RdbFormat.TYPE_SET_INTSET;
    public static final int HASH_LISTPACK = RdbFormat.TYPE_HASH_LISTPACK;
    public static final int ZSET_LISTPACK = RdbFormat.TYPE_ZSET_LISTPACK;

    /** A list of a single node. */
    public static final int LIST_QUICKLIST_2 = RdbFormat.TYPE_LIST_QUICKLIST_2;

    private static final int PACKED_NODE = 2;

    private PackedPayload() {}

    public static byte[] of(final int type, final byte[] packed, final boolean compressed) {
        try {
            final Bytes sink = new Bytes();
            final RdbOutput out = new RdbOutput(sink, 1024, compressed, true);
            out.byteValue(type);
            if (type == RdbFormat.TYPE_LIST_QUICKLIST_2) {
                out.length(1);
                out.length(PACKED_NODE);
            } else if (type == RdbFormat.TYPE_LIST_QUICKLIST) {
                out.length(1);
            }
            out.string(packed, 0, packed.length);
            out.shortLittleEndian(RdbFormat.DEFAULT_VERSION);
            out.checksum();
            return sink.toByteArray();
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The packed string in a payload of a known type. */
    public static byte[] packed(final int type, final byte[] payload) {
        assertTrue(DumpPayload.verify(payload, 0, payload.length));
        try {
            final RdbInput in =
                    new RdbInput(payload, 0, payload.length - DumpPayload.FOOTER_LENGTH);
            assertEquals(type, in.byteValue("a type"));
            if (type == RdbFormat.TYPE_LIST_QUICKLIST_2) {
                assertEquals(1, in.length("a number of nodes"));
                assertEquals(PACKED_NODE, in.length("a container"));
            }
            final RdbString packed = new RdbString();
            in.string(packed, "a packed value");
            return packed.copy();
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Bytes extends java.io.ByteArrayOutputStream implements ByteSink {}
}
