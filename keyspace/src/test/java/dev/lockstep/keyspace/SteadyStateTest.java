package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What commands and freezes may cost: nothing on the heap for a command, microseconds for a freeze of any size. */
class SteadyStateTest {
    private static final int OPERATIONS = 100_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Keyspace keyspace = new Keyspace(16);
    private final Database database = keyspace.database(0);
    private final StringValue string = new StringValue();
    private final byte[] key = new byte[16];
    private final byte[] value = new byte[64];

    private void key(long number) {
        Cells.LONG.set(key, 0, number);
        Cells.LONG.set(key, 8, ~number);
    }

    private int find(long number) {
        key(number);
        return database.find(key, 0, key.length);
    }

    private int set(long number, long deadline) {
        key(number);
        return database.setString(key, 0, key.length, value, 0, value.length, deadline);
    }

    private static double bytesPerOperation(Runnable operations) {
        operations.run();
        long thread = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        operations.run();
        return (double) (THREADS.getThreadAllocatedBytes(thread) - before) / OPERATIONS;
    }

    private void readOverwriteExpire() {
        for (int i = 0; i < OPERATIONS; i++) {
            long now = 1_000_000 + i / 10;
            keyspace.clock().now(now);
            int cell = find(i * 31 % 20_000);
            if (cell != 0) {
                database.touch(cell);
                database.read(cell, string);
                assertTrue(string.length() > 0);
            }
            value[5] = (byte) i;
            set(i * 17 % 20_000, i % 3 == 0 ? now + 50 : -1);
            key(30_000 + i % 100);
            int counter = database.setInteger(key, 0, key.length, i, -1);
            database.replaceInteger(counter, i + 1);
            cell = find(i * 13 % 20_000);
            if (cell != 0 && i % 5 == 0) {
                database.delete(cell);
            } else if (cell != 0 && i % 5 == 1) {
                database.setDeadline(cell, now + 100);
            } else if (cell != 0 && i % 5 == 2) {
                database.resizeString(cell, 64 + i % 40);
            }
            for (int end = database.nextExpired(now); end != 0; end = database.nextExpired(now)) {
                database.delete(end);
            }
        }
    }

    @Test
    void commandsAllocateNothing() {
        double bytes = bytesPerOperation(this::readOverwriteExpire);
        assertTrue(bytes < 1, bytes + " bytes per operation");
    }

    @Test
    void commandsUnderAViewAllocateNothingButSlabMemory() {
        for (long i = 0; i < 20_000; i++) {
            set(i, -1);
        }
        double bytes =
                bytesPerOperation(
                        () -> {
                            View view = keyspace.freeze();
                            keyspace.limit(keyspace.slab().reserved() + (1L << 30));
                            readOverwriteExpire();
                            view.close();
                            while (keyspace.reclaimPending()) {
                                keyspace.reclaim();
                            }
                        });
        long chunks = keyspace.slab().reserved();
        assertTrue(bytes < 1 + (double) chunks / OPERATIONS, bytes + " bytes per operation");
    }

    /** A fill of 16-byte keys and 64-byte values: the promise of the design is 115 bytes per key at most. */
    @Test
    void aFreezeOfAMillionKeysTakesMicroseconds() {
        int keys = 1_000_000;
        for (long i = 0; i < keys; i++) {
            set(i, i % 10 == 0 ? 5_000_000 + i : -1);
        }
        double perKey = (double) keyspace.used() / keys;
        assertTrue(perKey <= 115 + 2, perKey + " bytes per key");
        long thread = Thread.currentThread().getId();
        long[] nanos = new long[101];
        long allocated = 0;
        for (int i = 0; i < nanos.length; i++) {
            for (int j = 0; j < 50; j++) {
                set(i * 50L + j, -1);
            }
            long before = THREADS.getThreadAllocatedBytes(thread);
            long start = System.nanoTime();
            View view = keyspace.freeze();
            nanos[i] = System.nanoTime() - start;
            allocated = Math.max(allocated, THREADS.getThreadAllocatedBytes(thread) - before);
            assertEquals(keys, view.totalSize());
            set(i, 7);
            view.close();
            while (keyspace.reclaimPending()) {
                keyspace.reclaim();
            }
        }
        Arrays.sort(nanos);
        assertTrue(nanos[50] < 2_000_000, "median freeze " + nanos[50] + " ns");
        assertTrue(allocated < 4096, "a freeze allocated " + allocated + " bytes");
    }
}
