package dev.lockstep.protocol;

import static dev.lockstep.protocol.Recorded.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RequestTest {
    @Test
    void readsItsArguments() {
        Request request = of("SeT", "-12", "\u00e9\u0000x", "", "1.5");
        assertEquals(5, request.argc());
        assertTrue(request.is(0, bytes("set")));
        assertFalse(request.is(0, bytes("get")));
        assertFalse(request.is(0, bytes("sets")));
        assertFalse(of("@").is(0, bytes("`")));
        assertTrue(request.equals(0, bytes("SeT")));
        assertFalse(request.equals(0, bytes("set")));
        assertTrue(request.isLong(1));
        assertEquals(-12, request.longAt(1));
        assertFalse(request.isLong(2));
        assertEquals("\u00e9\u0000x", request.text(2));
        assertArrayEquals(bytes("\u00e9\u0000x"), request.copy(2));
        assertEquals(0, request.length(3));
        assertEquals(1.5, request.doubleAt(4));
    }

    @Test
    void givesBackArraysForManyArguments() {
        Request request = new Request();
        request.set(new byte[1]);
        for (int i = 0; i < 3 * Request.KEPT_ARGUMENTS_MAX; i++) {
            request.add(0, 1);
        }
        assertTrue(request.keptArguments() > Request.KEPT_ARGUMENTS_MAX);
        request.clear();
        assertEquals(0, request.argc());
        assertTrue(request.keptArguments() <= Request.KEPT_ARGUMENTS_MAX);
    }

    @Test
    void isWhatTheEncoderWrote() throws Exception {
        RequestEncoder encoder = new RequestEncoder(1);
        encoder.begin(4)
                .arg("SET")
                .arg(bytes("xkeyx"), 1, 3)
                .arg(Long.MIN_VALUE)
                .arg(new byte[] {0, 13, 10});
        assertEquals(
                "*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n$20\r\n-9223372036854775808\r\n$3\r\n\0\r\n\r\n",
                encoder.bytes().toString());
        Request request = new Request();
        assertTrue(new RequestParser().parse(encoder.array(), 0, encoder.length(), request));
        assertEquals(encoder.length(), request.wireLength());
        RequestEncoder again = new RequestEncoder(100);
        again.request(request);
        assertArrayEquals(encoder.bytes().toByteArray(), again.bytes().toByteArray());
    }

    @Test
    void quotesAnUnknownCommand() {
        assertEquals(
                "ERR unknown command 'nosuch', with args beginning with: 'a' '"
                        + "x".repeat(124)
                        + "' ",
                ErrorReplies.unknownCommand(of("nosuch", "a\0b", "x".repeat(200), "y")));
        assertEquals(
                "ERR unknown command '" + "n".repeat(128) + "', with args beginning with: ",
                ErrorReplies.unknownCommand(of("n".repeat(200))));
        assertEquals(
                "ERR unknown subcommand 'foo'. Try CONFIG HELP.",
                ErrorReplies.unknownSubcommand("config", "foo"));
        assertEquals(
                "ERR wrong number of arguments for 'config|get' command",
                ErrorReplies.wrongArity("config|get"));
    }

    static Request of(String... arguments) {
        Request request = new Request();
        request.set(bytes(String.join("", arguments)));
        int offset = 0;
        for (String argument : arguments) {
            request.add(offset, argument.length());
            offset += argument.length();
        }
        return request;
    }
}
