package dev.lockstep.protocol;

import static dev.lockstep.protocol.Recorded.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestParserTest {
    private final long seed = Long.getLong("lockstep.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void parsesPipelinedRequests() throws Exception {
        assertEquals(
                List.of(List.of("SET", "k", ""), List.of("PING"), List.of(), List.of("GET", "k")),
                parseAll(
                        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n\r\nGET k\n"));
    }

    @Test
    void reportsEmptyRequestsAsComplete() throws Exception {
        List<List<String>> expected = List.of(List.of(), List.of("PING"));
        for (String empty :
                List.of(
                        "*0\r\n",
                        "*-1\r\n",
                        "*-99999999999\r\n",
                        "\r\n",
                        "\n",
                        "  \t \r\n",
                        "*-0\r\n")) {
            if (empty.equals("*-0\r\n")) {
                assertError("invalid multibulk length", empty);
            } else {
                assertEquals(expected, parseAll(empty + "PING\r\n"), empty);
            }
        }
    }

    @Test
    void keepsRedisCorners() throws Exception {
        List<List<String>> ping = List.of(List.of("PING"));
        assertEquals(ping, parseAll("*1\rX$4\rYPING\r\n"));
        assertEquals(
                List.of(ping.get(0), ping.get(0)),
                parseAll("*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n"));
        for (String incomplete :
                List.of(
                        "*3\n",
                        "*1\r",
                        "PING",
                        "PI\0NG\r\n",
                        "*\0001\r\n",
                        "*1\r\n$\0004\r\nPING\r\n",
                        "*2147483647\r\n")) {
            assertEquals(List.of(), parseAll(incomplete), incomplete);
        }
        assertError("invalid multibulk length", "*3\n$1\r\n");
    }

    @Test
    void splitInputGivesTheSameRequests() throws Exception {
        for (int round = 0; round < 300; round++) {
            StringBuilder input = new StringBuilder();
            List<List<String>> expected = new ArrayList<>();
            for (int i = random.nextInt(8); i >= 0; i--) {
                expected.add(appendRequest(input));
            }
            String context = "seed " + seed + " round " + round;
            byte[] bytes = bytes(input.toString());
            int step = 1 + random.nextInt(40) + bytes.length / 500;
            assertEquals(expected, parseAll(input.toString()), context);
            assertEquals(expected, parseInPieces(bytes, step), context);
            if (bytes.length < 2_000) {
                assertEquals(expected, parseInPieces(bytes, 1), context);
            }
        }
    }

    @Test
    void everySplitOfAFewRequestsGivesTheSame() throws Exception {
        byte[] input =
                bytes(
                        "*2\r\n$10\r\n0123456789\r\n$0\r\n\r\nECHO \"a b\\x41\" 'c'\r\n*12\r\n"
                                + "$1\r\nx\r\n".repeat(12));
        List<List<String>> expected = parseAll(new String(input));
        assertEquals(3, expected.size());
        for (int split = 0; split <= input.length; split++) {
            RequestParser parser = new RequestParser();
            Request request = new Request();
            List<List<String>> got = new ArrayList<>();
            int start = drain(parser, input.clone(), 0, split, request, got);
            drain(parser, input.clone(), start, input.length, request, got);
            assertEquals(expected, got, "split at " + split);
        }
    }

    @Test
    void saysHowMuchABigArgumentNeeds() throws Exception {
        RequestParser parser = new RequestParser();
        Request request = new Request();
        byte[] input = bytes("xx*2\r\n$3\r\nGET\r\n$100000\r\nabc");
        assertFalse(parser.parse(input, 2, input.length, request));
        assertEquals(0, request.argc());
        assertEquals(input.length - 2 - 3 + 100000 + 2, parser.expected());
        assertEquals(input.length - 2 - 3, parser.bytesBeforeLongArgument());
        assertTrue(parser.isWithinRequest());
        byte[] whole = Arrays.copyOfRange(input, 2, 2 + parser.expected());
        assertFalse(parser.parse(whole, 0, whole.length - 1, request));
        assertTrue(parser.parse(whole, 0, whole.length, request));
        assertFalse(parser.isWithinRequest());
        assertEquals(0, parser.expected());
        assertEquals(0, parser.bytesBeforeLongArgument());
        assertEquals(whole.length, parser.next());
        assertEquals(whole.length, request.wireLength());
        assertEquals(100000, request.length(1));
    }

    @Test
    void theRestOfARequestIsDroppedWhereverItIsCut() throws Exception {
        byte[] input =
                bytes(
                        "*3\r\n$3\r\nSET\r\n$5\r\nabcde\r\n$12\r\n0123456789ab\r\n*1\r\n$4\r\nPING\r\n");
        int ping = input.length - "*1\r\n$4\r\nPING\r\n".length();
        for (int cut = 1; cut < ping; cut++) {
            for (int step = 1; step < input.length; step++) {
                RequestParser parser = new RequestParser();
                Request request = new Request();
                assertFalse(parser.parse(input, 0, cut, request));
                if (!parser.isWithinArgument()) {
                    continue; // where it goes on isn't known
                }
                parser.dropRest(cut);
                int at = cut;
                for (int end = cut; parser.isDropping(); end += step) {
                    at = parser.drop(input, at, Math.min(end, input.length));
                }
                assertEquals(ping, at, "cut at " + cut + ", then every " + step);
                assertTrue(parser.parse(input, at, input.length, request));
                assertEquals(1, request.argc());
            }
        }
    }

    @Test
    void whatFollowsInADroppedRequestMustBeAnArgument() throws Exception {
        RequestParser parser = new RequestParser();
        assertFalse(parser.parse(bytes("*2\r\n$9\r\nabc"), 0, 11, new Request()));
        assertTrue(parser.isWithinArgument());
        parser.dropRest(11);
        byte[] rest = bytes("defghi\r\n!1\r\n");
        assertThrows(ProtocolException.class, () -> parser.drop(rest, 0, rest.length));
    }

    @Test
    void splitsInlineArguments() throws Exception {
        assertInline("ECHO|aA\nq\r\t\b\u0007", "ECHO \"a\\x41\\n\\q\\r\\t\\b\\a\"");
        assertInline("ECHO|a'b\\n", "ECHO 'a\\'b\\n'");
        assertInline("ECHO|ab c", "ECHO a\"b c\"");
        assertInline("ECHO|a\u000bb", "ECHO a\u000bb");
        assertInline("ECHO|a", "\u000b\u000cECHO a");
        assertInline("ECHO|", "ECHO \"\"");
        assertInline("ECHO|xZZ", "ECHO \"\\xZZ\"");
        assertInline("ECHO|x4", "ECHO \"\\x4\"");
        assertInline("ECHO|\"'\\", "ECHO \"\\\"'\\\\\"");
        assertInline("PING", "\"PING\"");
        assertInline("SET|a|b|NX", "SET a 'b'\u000bNX  ");
        assertInline("ECHO|a|b", "ECHO a\rb");
        assertInline("a|\u00ff\u0000|c", "a \"\\xFF\\x00\" c");
        for (String line :
                List.of(
                        "SET a \"b",
                        "SET a \"b\"c",
                        "SET a 'b",
                        "SET a 'b'c",
                        "ECHO \"a\\\"",
                        "ECHO \"a\\",
                        "ECHO 'a\\'",
                        "'a'\"b\"")) {
            assertError("unbalanced quotes in request", line + "\r\n");
        }
    }

    @Test
    void refusesWithRedisWords() {
        for (String count :
                List.of("", "+1", "01", " 1", "1 ", "x", "2147483648", "99999999999999999999")) {
            assertError("invalid multibulk length", "*" + count + "\r\n");
        }
        for (String length :
                List.of("", "-1", "04", "+4", "x", "536870913", "99999999999999999999", "4 ")) {
            assertError("invalid bulk length", "*1\r\n$" + length + "\r\n");
        }
        assertError("expected '$', got '4'", "*1\r\n4\r\nPING\r\n");
        assertError("expected '$', got '\u00ff'", "*1\r\n\u00ff4\r\n");
        assertError("expected '$', got '\r'", "*1\r\n\r\r\n");
        assertError("expected '$', got ':'", "*2\r\n$3\r\nGET\r\n:1\r\n.......................");
        assertError("too big inline request", "A".repeat(65537));
        assertError("too big inline request", "A".repeat(65537) + "\r\n");
        assertError("too big inline request", "\0".repeat(65537));
        assertError("too big mbulk count string", "*" + "1".repeat(65536));
        assertError("too big bulk count string", "*1\r\n$" + "1".repeat(65536));
    }

    @Test
    void limitsWhoIsNotAuthenticated() throws Exception {
        RequestParser parser = new RequestParser();
        parser.setAuthenticated(false);
        Request request = new Request();
        byte[] many = bytes("*11\r\n");
        assertEquals(
                "Protocol error: unauthenticated multibulk length",
                assertThrows(
                                ProtocolException.class,
                                () -> parser.parse(many, 0, many.length, request))
                        .getMessage());
        parser.reset();
        byte[] big = bytes("*1\r\n$16385\r\n");
        assertEquals(
                "Protocol error: unauthenticated bulk length",
                assertThrows(
                                ProtocolException.class,
                                () -> parser.parse(big, 0, big.length, request))
                        .getMessage());
        parser.reset();
        byte[] fits =
                bytes(
                        "*10\r\n"
                                + "$1\r\nx\r\n".repeat(9)
                                + "$16384\r\n"
                                + "y".repeat(16384)
                                + "\r\n");
        assertTrue(parser.parse(fits, 0, fits.length, request));
        parser.setAuthenticated(true);
        assertFalse(parser.parse(many, 0, many.length, request));
    }

    @Test
    void followsTheConfiguredBulkLimit() throws Exception {
        RequestLimits limits = new RequestLimits(1 << 20);
        RequestParser parser = new RequestParser(limits);
        byte[] big = bytes("*1\r\n$1048577\r\n");
        assertThrows(
                ProtocolException.class, () -> parser.parse(big, 0, big.length, new Request()));
        parser.reset();
        limits.setMaxBulkLength(Long.MAX_VALUE);
        assertFalse(parser.parse(big, 0, big.length, new Request()));
        parser.reset();
        byte[] tooBigForAnArray = bytes("*1\r\n$2147483647\r\n");
        assertThrows(
                ProtocolException.class,
                () -> parser.parse(tooBigForAnArray, 0, tooBigForAnArray.length, new Request()));
    }

    @Test
    void randomBytesNeverDoWorseThanAProtocolError() {
        byte[] alphabet = bytes("*$0123-\r\n\r\n\r\n\"'\\x \0aZ");
        for (int round = 0; round < 10_000; round++) {
            byte[] input = new byte[random.nextInt(60)];
            for (int i = 0; i < input.length; i++) {
                input[i] = alphabet[random.nextInt(alphabet.length)];
            }
            String whole = outcome(input, Integer.MAX_VALUE);
            assertEquals(
                    whole,
                    outcome(input, 1),
                    () -> "seed " + seed + " input " + Arrays.toString(input));
        }
    }

    private String outcome(byte[] input, int step) {
        List<List<String>> requests = new ArrayList<>();
        try {
            parseInPieces(input, step, requests);
            return requests.toString();
        } catch (ProtocolException e) {
            return requests + e.getMessage();
        }
    }

    private List<String> appendRequest(StringBuilder input) {
        List<String> arguments = new ArrayList<>();
        int kind = random.nextInt(10);
        int argc = kind == 0 ? 0 : 1 + random.nextInt(random.nextInt(5) == 0 ? 200 : 5);
        for (int i = 0; i < argc; i++) {
            int length = random.nextInt(random.nextInt(30) == 0 ? 20_000 : 20);
            byte[] argument = new byte[length];
            random.nextBytes(argument);
            arguments.add(new String(argument, StandardCharsets.ISO_8859_1));
        }
        if (kind == 1) {
            arguments.replaceAll(RequestParserTest::shortened);
            arguments.subList(Math.min(argc, 5), argc).clear();
            for (String argument : arguments) {
                input.append('"');
                for (char c : argument.toCharArray()) {
                    input.append(String.format("\\x%02X", (int) c));
                }
                input.append("\" ");
            }
            input.append("\r\n");
            return arguments;
        }
        input.append('*').append(argc).append("\r\n");
        for (String argument : arguments) {
            input.append('$')
                    .append(argument.length())
                    .append("\r\n")
                    .append(argument)
                    .append("\r\n");
        }
        return arguments;
    }

    private static String shortened(String argument) {
        return argument.substring(0, Math.min(10, argument.length()));
    }

    private static List<List<String>> parseAll(String input) throws ProtocolException {
        List<List<String>> requests = new ArrayList<>();
        byte[] buffer = bytes(input);
        drain(new RequestParser(), buffer, 0, buffer.length, new Request(), requests);
        return requests;
    }

    private List<List<String>> parseInPieces(byte[] input, int step) throws ProtocolException {
        List<List<String>> requests = new ArrayList<>();
        parseInPieces(input, step, requests);
        return requests;
    }

    /** As a connection does: the incomplete rest moves to the front of another array before more arrives. */
    private void parseInPieces(byte[] input, int step, List<List<String>> into)
            throws ProtocolException {
        RequestParser parser = new RequestParser();
        Request request = new Request();
        byte[] buffer = new byte[0];
        int at = 0;
        while (at < input.length) {
            int more = Math.min(step, input.length - at);
            int pad = random.nextInt(3);
            byte[] moved = new byte[pad + buffer.length + more];
            System.arraycopy(buffer, 0, moved, pad, buffer.length);
            System.arraycopy(input, at, moved, pad + buffer.length, more);
            at += more;
            int start = drain(parser, moved, pad, moved.length, request, into);
            request.set(new byte[0]);
            buffer = Arrays.copyOfRange(moved, start, moved.length);
        }
    }

    private static int drain(
            RequestParser parser,
            byte[] buffer,
            int start,
            int end,
            Request request,
            List<List<String>> into)
            throws ProtocolException {
        while (parser.parse(buffer, start, end, request)) {
            assertEquals(parser.next() - start, request.wireLength());
            start = parser.next();
            List<String> arguments = new ArrayList<>();
            for (int i = 0; i < request.argc(); i++) {
                arguments.add(request.text(i));
            }
            into.add(arguments);
        }
        return start;
    }

    private static void assertInline(String expected, String line) throws ProtocolException {
        assertEquals(
                List.of(Arrays.asList(expected.split("\\|", -1))), parseAll(line + "\r\n"), line);
        assertEquals(
                List.of(Arrays.asList(expected.split("\\|", -1))), parseAll(line + "\n"), line);
    }

    private static void assertError(String reason, String input) {
        ProtocolException e = assertThrows(ProtocolException.class, () -> parseAll(input));
        assertEquals("Protocol error: " + reason, e.getMessage());
        assertEquals(0, e.getStackTrace().length);
    }
}
