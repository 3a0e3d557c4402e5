package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RdbStartTest {
    private static byte[] rdb(int keys) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("REDIS0010".getBytes(StandardCharsets.US_ASCII));
        out.write(RdbFormat.OPCODE_AUX);
        text(out, "redis-ver");
        text(out, "7.2.4");
        if (keys > 0) {
            out.writeBytes(new byte[] {(byte) RdbFormat.OPCODE_SELECT_DB, 0});
        }
        Random random = new Random(keys);
        for (int i = 0; i < keys; i++) {
            out.write(0);
            text(out, "key:" + i);
            text(out, "v".repeat(random.nextInt(60)));
        }
        out.write(RdbFormat.OPCODE_EOF);
        out.writeBytes(new byte[8]);
        return out.toByteArray();
    }

    private static void text(ByteArrayOutputStream out, String text) {
        out.write(text.length());
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static ByteSource inPieces(byte[] bytes, int most) {
        ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        return (buffer, offset, length) -> in.read(buffer, offset, Math.min(length, most));
    }

    @Test
    void tellsWhetherThereIsAKeyAndGivesEverythingAfterwards() throws IOException {
        for (int keys : new int[] {0, 1, 2, 50_000}) {
            for (int piece : new int[] {1, 7, 100_000}) {
                if (keys * (100_000 / piece) > 1_000_000_000) {
                    continue;
                }
                byte[] all = rdb(keys);
                try (RdbStart start = new RdbStart(inPieces(all, piece))) {
                    assertEquals(keys > 0, start.holdsKey());
                    byte[] got = new byte[all.length + 10];
                    int length = 0;
                    int count;
                    while ((count = start.read(got, length, got.length - length)) > 0) {
                        length += count;
                    }
                    assertEquals(all.length, length);
                    assertArrayEquals(all, java.util.Arrays.copyOf(got, length));
                }
            }
        }
    }

    @Test
    void whatIsNoRdbIsAnError() throws IOException {
        try (RdbStart start =
                new RdbStart(
                        inPieces("hello, this is no RDB".getBytes(StandardCharsets.US_ASCII), 5))) {
            assertThrows(RdbException.class, start::holdsKey);
        }
    }
}
