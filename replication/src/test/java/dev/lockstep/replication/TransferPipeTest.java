package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TransferPipeTest {
    private static final int PIECE = 1 << 20;

    private final AtomicInteger drained = new AtomicInteger();
    private final TransferPipe pipe = new TransferPipe(-1, drained::incrementAndGet);

    private static byte[] readAll(TransferPipe pipe, int bufferBytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[bufferBytes];
        int count;
        while ((count = pipe.read(buffer, 0, buffer.length)) >= 0) {
            assertTrue(count > 0);
            out.write(buffer, 0, count);
        }
        return out.toByteArray();
    }

    @Test
    void whatIsPutIsReadByAnotherThread() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] sent = new byte[3 * PIECE];
        random.nextBytes(sent);
        CompletableFuture<byte[]> read =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return readAll(pipe, 777);
                            } catch (IOException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        int at = 0;
        while (at < sent.length) {
            int some = Math.min(random.nextInt(5000), sent.length - at);
            assertTrue(pipe.put(sent, at, some));
            at += some;
        }
        pipe.end();
        assertArrayEquals(sent, read.get(30, TimeUnit.SECONDS), "seed " + seed);
    }

    @Test
    void whatIsPutIsCopied() throws IOException {
        byte[] array = {1, 2, 3};
        pipe.put(array, 1, 1);
        array[1] = 9;
        pipe.end();
        assertArrayEquals(new byte[] {2}, readAll(pipe, 10));
    }

    @Test
    void aFullPipeSaysSoAndCallsWhenHalfEmpty() throws IOException {
        byte[] piece = new byte[PIECE];
        int pieces = 1;
        while (pipe.put(piece, 0, PIECE)) {
            pieces++;
            assertTrue(pieces < 100, "it never gets full");
        }
        assertFalse(pipe.put(piece, 0, PIECE));
        pieces++;
        byte[] buffer = new byte[PIECE];
        int read = 0;
        while (drained.get() == 0) {
            assertEquals(PIECE, pipe.read(buffer, 0, PIECE));
            read++;
        }
        assertTrue(read > pieces / 2 && read < pieces, read + " of " + pieces);
        assertTrue(pipe.put(piece, 0, PIECE));
        pipe.end();
        assertEquals((pieces - read + 1) * PIECE, readAll(pipe, PIECE).length);
        assertEquals(1, drained.get());
    }

    @Test
    void aCutTransferFailsTheReaderAtOnce() {
        byte[] piece = new byte[100];
        pipe.put(piece, 0, 100);
        pipe.fail("cut");
        EOFException failure =
                assertThrows(EOFException.class, () -> pipe.read(new byte[10], 0, 10));
        assertEquals("cut", failure.getMessage());
        pipe.put(piece, 0, 100);
        assertThrows(EOFException.class, () -> pipe.read(new byte[10], 0, 10));
    }

    @Test
    void aReaderThatWaitsIsWokenByFailure() throws Exception {
        CompletableFuture<Thread> waiting = new CompletableFuture<>();
        CompletableFuture<Void> reader =
                CompletableFuture.runAsync(
                        () -> {
                            waiting.complete(Thread.currentThread());
                            assertThrows(EOFException.class, () -> pipe.read(new byte[10], 0, 10));
                        });
        Thread thread = waiting.get(30, TimeUnit.SECONDS);
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        pipe.fail("cut");
        reader.get(30, TimeUnit.SECONDS);
        assertTrue(reader.isDone());
    }

    @Test
    void tellsItsSize() {
        assertEquals(12, new TransferPipe(12, () -> {}).size());
        assertEquals(-1, pipe.size());
    }
}
