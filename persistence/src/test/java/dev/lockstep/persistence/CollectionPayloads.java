package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/** Collections out of payloads, whole and damaged. */
final class CollectionPayloads {
    private static final byte[] KEY = Bytes.of("k");

    /** Reads a value, which begins with its RDB type. */
    interface Reader {
        String read(byte[] value) throws IOException;
    }

    private CollectionPayloads() {}

    /**
     * Reads a value into an empty keyspace, and removes it again so that nothing is left.
     *
     * @param contents tells what an entry holds
     */
    static String read(
            final Keyspace keyspace,
            final DumpPayload payload,
            final byte[] value,
            final IntFunction<String> contents)
            throws IOException {
        final byte[] bytes = Bytes.footed(value);
        assertTrue(DumpPayload.verify(bytes, 0, bytes.length));
        final Database database = keyspace.database(0);
        final Building built = new Building(database);
        try {
            payload.read(bytes, 0, bytes.length, KEY, 0, 1, built);
            assertTrue(built.cell() != 0);
            return contents.apply(built.cell());
        } finally {
            if (database.size() > 0) {
                database.delete(database.randomEntry());
            }
            while (keyspace.reclaimPending()) {
                keyspace.reclaim();
            }
            assertEquals(0, keyspace.used());
        }
    }

    /** Changes every byte of the values into every other, and cuts them everywhere: what is cut must be refused. */
    static void damage(final List<byte[]> values, final Reader reader) throws IOException {
        for (final byte[] value : values) {
            for (int at = 1; at < value.length; at++) {
                for (int bits = 1; bits < 256; bits++) {
                    final byte[] damaged = value.clone();
                    damaged[at] ^= (byte) bits;
                    try {
                        reader.read(damaged);
                    } catch (final RdbException e) {
                        assertTrue(e.getMessage() != null);
                    }
                }
            }
            for (int length = 1; length < value.length; length++) {
                final byte[] cut = Arrays.copyOf(value, length);
                assertThrows(RdbException.class, () -> reader.read(cut));
            }
        }
    }
}
