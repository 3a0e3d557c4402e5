package dev.lockstep.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyScannerTest {
    private final KeyScanner scanner = new KeyScanner();

    @Test
    void findsTheFirstThreeArgumentsOfWholeRequests() throws ProtocolException {
        for (long seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int i = random.nextInt(40); i >= 0; i--) {
                write(out, random);
            }
            byte[] all = out.toByteArray();
            int from = random.nextInt(3);
            byte[] buffer = new byte[from + all.length];
            System.arraycopy(all, 0, buffer, from, all.length);
            int to = random.nextBoolean() ? buffer.length : from + random.nextInt(all.length);
            check(buffer, from, to, "seed " + seed);
        }
    }

    private static void write(ByteArrayOutputStream out, Random random) {
        int argc = 1 + random.nextInt(6);
        StringBuilder request = new StringBuilder("*" + argc + "\r\n");
        for (int i = 0; i < argc; i++) {
            int length = random.nextInt(20) == 0 ? random.nextInt(3_000) : random.nextInt(12);
            request.append("$").append(length).append("\r\n");
            request.append("k".repeat(length)).append("\r\n");
        }
        out.writeBytes(request.toString().getBytes(StandardCharsets.US_ASCII));
    }

    /** What the parser finds in the same bytes, as long as {@link KeyScanner} looks. */
    private void check(byte[] buffer, int from, int to, String message) throws ProtocolException {
        int found = scanner.scan(buffer, from, to);
        RequestParser parser = new RequestParser(new RequestLimits());
        parser.setAuthenticated(true);
        Request request = new Request();
        List<String> expected = new ArrayList<>();
        int at = from;
        int requests = 0;
        while (requests < KeyScanner.MOST && at < to && parser.parse(buffer, at, to, request)) {
            if (request.argc() > 1) {
                for (int i = 1; i <= Math.min(3, request.argc() - 1); i++) {
                    expected.add(request.offset(i) + "+" + request.length(i));
                }
                requests++;
            }
            at = parser.next();
        }
        List<String> actual = new ArrayList<>();
        for (int i = 0; i < found; i++) {
            for (int argument = 1; argument <= 3; argument++) {
                if (scanner.length(i, argument) >= 0) {
                    actual.add(scanner.offset(i, argument) + "+" + scanner.length(i, argument));
                }
            }
        }
        assertEquals(requests, found, message);
        assertEquals(expected, actual, message);
        assertTrue(scanner.end() >= from && scanner.end() <= Math.max(at, from), message);
    }

    @Test
    void stopsAtWhatIsNotPlainAndNeverFails() {
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] buffer = new byte[random.nextInt(60)];
            for (int i = 0; i < buffer.length; i++) {
                buffer[i] = (byte) "*$\r\n0123456789ab-".charAt(random.nextInt(17));
            }
            int found = scanner.scan(buffer, 0, buffer.length);
            for (int i = 0; i < found; i++) {
                int end = scanner.offset(i, 1) + scanner.length(i, 1) + 2;
                assertTrue(end <= buffer.length, "seed " + seed);
            }
            assertTrue(scanner.end() >= 0 && scanner.end() <= buffer.length, "seed " + seed);
        }
    }
}
