package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TransferBodyTest {
    private static final String MARK = "0123456789abcdef0123456789abcdef01234567";
    private static final byte[] MARK_BYTES = MARK.getBytes(StandardCharsets.US_ASCII);

    /** Feeds bytes in pieces that end at the cuts, and checks that only the last byte completes the body. */
    private static byte[] receive(TransferBody body, byte[] sent, int... cuts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : sent.length;
            assertEquals(to - from, body.accept(sent, from, to - from, out::write));
            assertEquals(to == sent.length, body.isComplete());
            assertEquals(to, body.received());
            from = to;
        }
        return out.toByteArray();
    }

    private static byte[] marked(byte[] content) {
        byte[] sent = new byte[content.length + MARK_BYTES.length];
        System.arraycopy(content, 0, sent, 0, content.length);
        System.arraycopy(MARK_BYTES, 0, sent, content.length, MARK_BYTES.length);
        return sent;
    }

    /** Content that looks like the beginning of the mark, again and again, and even like all of it. */
    private static byte[] deceptive() {
        return ("x" + MARK.substring(0, 39) + MARK.substring(0, 20) + MARK.substring(1) + "00")
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void aMarkIsFoundWhereverTwoCutsFall() {
        byte[] content = deceptive();
        byte[] sent = marked(content);
        for (int first = 0; first < sent.length; first++) {
            for (int second = first; second < sent.length; second++) {
                TransferBody body = TransferBody.untilMark(MARK);
                assertArrayEquals(
                        content, receive(body, sent, first, second), first + " " + second);
            }
        }
    }

    @Test
    void aMarkIsFoundByteByByteAndInRandomPieces() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            byte[] content = new byte[random.nextInt(500)];
            random.nextBytes(content);
            byte[] sent = marked(content);
            int[] cuts =
                    random.ints(random.nextInt(20), 0, sent.length).sorted().distinct().toArray();
            if (round == 0) {
                cuts = java.util.stream.IntStream.range(1, sent.length).toArray();
            }
            assertArrayEquals(
                    content, receive(TransferBody.untilMark(MARK), sent, cuts), "seed " + seed);
        }
    }

    @Test
    void anEmptyMarkedBodyIsJustTheMark() {
        assertArrayEquals(new byte[0], receive(TransferBody.untilMark(MARK), MARK_BYTES));
        assertEquals(-1, TransferBody.untilMark(MARK).expected());
    }

    @Test
    void aBodyOfKnownLengthTakesNothingBeyond() {
        byte[] sent = deceptive();
        for (int cut = 0; cut < sent.length; cut++) {
            TransferBody body = TransferBody.ofLength(sent.length);
            assertArrayEquals(sent, receive(body, sent, cut));
            assertEquals(0, body.accept(sent, 0, 10, (array, offset, length) -> {}));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TransferBody shorter = TransferBody.ofLength(3);
        assertEquals(3, shorter.accept(sent, 0, sent.length, out::write));
        assertEquals(3, out.size());
        assertTrue(shorter.isComplete());
    }

    @Test
    void aBodyOfNoBytesIsCompleteAtOnce() {
        assertTrue(TransferBody.ofLength(0).isComplete());
        assertFalse(TransferBody.ofLength(1).isComplete());
    }
}
