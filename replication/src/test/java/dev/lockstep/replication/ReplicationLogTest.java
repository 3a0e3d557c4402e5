package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The log against one array that holds the whole stream; every buffer must have been given back at the end. */
class ReplicationLogTest {
    private static final int BLOCK = ReplicationLog.BLOCK_BYTES;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);

    private long unreleasedBytes() {
        return allocator.metric().usedDirectMemory();
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A cursor, and what it has read so far. */
    private static final class Reader {
        final long from;
        final LogCursor cursor;
        final ByteArrayOutputStream read = new ByteArrayOutputStream();
        final List<ByteBuf> queued = new ArrayList<>();

        Reader(ReplicationLog log, long from) {
            this.from = from;
            cursor = log.cursor(from);
        }

        /** As a channel does: takes the slice now, and writes it later. */
        boolean take() {
            ByteBuf slice = cursor.next();
            if (slice != null) {
                queued.add(slice);
            }
            return slice != null;
        }

        void write() {
            for (ByteBuf slice : queued) {
                byte[] bytes = new byte[slice.readableBytes()];
                slice.readBytes(bytes);
                slice.release();
                read.writeBytes(bytes);
            }
            queued.clear();
        }

        void drop() {
            queued.forEach(ByteBuf::release);
            queued.clear();
            cursor.close();
        }
    }

    @Test
    void cursorsReadWhatWasAppendedWhateverTheOrder() {
        for (int round = 0; round < 200; round++) {
            long seed = System.nanoTime();
            try {
                randomRun(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void randomRun(Random random) {
        long start = random.nextInt(1000);
        long backlog = 1 + random.nextInt(4 * BLOCK);
        ReplicationLog log = new ReplicationLog(allocator, start, backlog);
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        List<Reader> readers = new ArrayList<>();
        for (int step = 0; step < 200; step++) {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    int most = random.nextInt(10) == 0 ? 3 * BLOCK : 200;
                    byte[] appended = bytes(random, 1 + random.nextInt(most));
                    log.append(appended, 0, appended.length);
                    stream.writeBytes(appended);
                }
                case 3 -> {
                    long from = log.start() + (long) (random.nextDouble() * (log.length() + 1));
                    assertTrue(log.holds(from));
                    readers.add(new Reader(log, from));
                }
                case 4, 5 -> readers.forEach(Reader::take);
                case 6 -> readers.forEach(Reader::write);
                default -> {
                    if (!readers.isEmpty()) {
                        readers.remove(random.nextInt(readers.size())).drop();
                    }
                }
            }
            assertEquals(start + stream.size(), log.end());
            assertTrue(log.length() >= Math.min(backlog, stream.size()));
            for (Reader reader : readers) {
                assertTrue(log.holds(reader.cursor.offset()));
                assertEquals(log.end() - reader.cursor.offset(), reader.cursor.behind());
            }
        }
        byte[] all = stream.toByteArray();
        for (Reader reader : readers) {
            while (reader.take()) {
                assertTrue(reader.cursor.offset() <= log.end());
            }
            reader.write();
            assertEquals(0, reader.cursor.behind());
            int from = (int) (reader.from - start);
            assertArrayEquals(Arrays.copyOfRange(all, from, all.length), reader.read.toByteArray());
            reader.drop();
        }
        log.release();
        assertEquals(0, unreleasedBytes());
    }

    @Test
    void keepsTheBacklogAndNoMoreThanABlockBeyond() {
        ReplicationLog log = new ReplicationLog(allocator, 0, 2 * BLOCK);
        for (int i = 0; i < 100; i++) {
            log.append(new byte[BLOCK / 3], 0, BLOCK / 3);
            assertTrue(log.length() < 3 * BLOCK + BLOCK);
        }
        assertTrue(log.length() >= 2 * BLOCK);
        assertFalse(log.holds(log.start() - 1));
        assertTrue(log.holds(log.end()));
        assertFalse(log.holds(log.end() + 1));
        log.release();
        assertEquals(0, unreleasedBytes());
    }

    @Test
    void keepsWhatTheSlowestCursorHasToRead() {
        ReplicationLog log = new ReplicationLog(allocator, 10, 1);
        LogCursor slow = log.cursor(10);
        log.append(new byte[10 * BLOCK], 0, 10 * BLOCK);
        assertEquals(10, log.start());
        assertEquals(10L * BLOCK, slow.behind());
        slow.close();
        slow.close();
        assertTrue(log.length() <= 2 * BLOCK);
        log.release();
        assertEquals(0, unreleasedBytes());
    }

    @Test
    void aSliceOutlivesTheBlockItIsOf() {
        Random random = new Random(7);
        byte[] content = bytes(random, 2 * BLOCK);
        ReplicationLog log = new ReplicationLog(allocator, 0, 1);
        log.append(content, 0, 100);
        LogCursor cursor = log.cursor(0);
        ByteBuf slice = cursor.next();
        assertNull(cursor.next());
        log.append(content, 100, content.length - 100);
        cursor.close();
        assertFalse(log.holds(0));
        byte[] read = new byte[slice.readableBytes()];
        slice.readBytes(read);
        assertArrayEquals(Arrays.copyOf(content, 100), read);
        log.release();
        assertTrue(unreleasedBytes() > 0);
        slice.release();
        assertEquals(0, unreleasedBytes());
    }

    @Test
    void aCopyIsACursorOfItsOwn() {
        ReplicationLog log = new ReplicationLog(allocator, 0, 1);
        log.append(new byte[50], 0, 50);
        LogCursor original = log.cursor(20);
        LogCursor copy = original.copy();
        original.close();
        log.append(new byte[5 * BLOCK], 0, 5 * BLOCK);
        assertTrue(log.holds(20));
        ByteBuf slice = copy.next();
        assertTrue(slice.readableBytes() > 1000);
        assertEquals(20 + slice.readableBytes(), copy.offset());
        slice.release();
        copy.close();
        log.release();
        assertEquals(0, unreleasedBytes());
    }

    @Test
    void aSmallerBacklogTrimsAtOnce() {
        ReplicationLog log = new ReplicationLog(allocator, 0, 10 * BLOCK);
        log.append(new byte[8 * BLOCK], 0, 8 * BLOCK);
        assertEquals(0, log.start());
        log.backlogBytes(BLOCK);
        assertTrue(log.length() <= 2 * BLOCK);
        assertEquals(log.memoryBytes(), unreleasedBytes());
        log.release();
        assertEquals(0, log.memoryBytes());
    }
}
