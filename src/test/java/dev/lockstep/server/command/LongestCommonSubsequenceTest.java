package dev.lockstep.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bit vectors give what the whole table gives, and choose as Redis does where there is a choice. */
class LongestCommonSubsequenceTest {
    private static final int ROUNDS = 3_000;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void agreesWithTheTable() {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] a = text();
            byte[] b = text();
            LongestCommonSubsequence common = new LongestCommonSubsequence(a, b, true);
            StringBuilder pairs = new StringBuilder();
            common.backwards((inA, inB) -> pairs.append(inA).append('=').append(inB).append(' '));
            String what = "seed " + seed + ", round " + round;
            int[][] table = table(a, b);
            assertEquals(table[a.length][b.length], common.length(), what);
            assertEquals(backwards(a, b, table), pairs.toString(), what);
            assertEquals(common.length(), new LongestCommonSubsequence(a, b, false).length(), what);
        }
    }

    @Test
    void findsTheTextThatIsKnown() {
        byte[] a = "ohmytext".getBytes(StandardCharsets.US_ASCII);
        byte[] b = "mynewtext".getBytes(StandardCharsets.US_ASCII);
        StringBuilder text = new StringBuilder();
        new LongestCommonSubsequence(a, b, true)
                .backwards((inA, inB) -> text.insert(0, (char) a[inA]));
        assertEquals("mytext", text.toString());
    }

    private byte[] text() {
        byte[] text = new byte[random.nextInt(200)];
        int letters = 1 + random.nextInt(random.nextBoolean() ? 4 : 256);
        for (int i = 0; i < text.length; i++) {
            text[i] = (byte) random.nextInt(letters);
        }
        return text;
    }

    private static int[][] table(byte[] a, byte[] b) {
        int[][] table = new int[a.length + 1][b.length + 1];
        for (int i = 1; i <= a.length; i++) {
            for (int j = 1; j <= b.length; j++) {
                table[i][j] =
                        a[i - 1] == b[j - 1]
                                ? table[i - 1][j - 1] + 1
                                : Math.max(table[i - 1][j], table[i][j - 1]);
            }
        }
        return table;
    }

    /** From the end: a pair where the bytes are equal, else the longer side, else one byte of b less. */
    private static String backwards(byte[] a, byte[] b, int[][] table) {
        StringBuilder pairs = new StringBuilder();
        int i = a.length;
        int j = b.length;
        while (i > 0 && j > 0) {
            if (a[i - 1] == b[j - 1]) {
                pairs.append(--i).append('=').append(--j).append(' ');
            } else if (table[i - 1][j] > table[i][j - 1]) {
                i--;
            } else {
                j--;
            }
        }
        return pairs.toString();
    }
}
