package dev.lockstep.server.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LongArgumentTest {
    private static int missing(String text) {
        return LongArgument.bytesMissing(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }

    @Test
    void whatALongArgumentLacksIsTold() {
        assertEquals(100_002, missing("*1\r\n$100000\r\n"));
        assertEquals(99_992, missing("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n0123456789"));
        assertEquals(1, missing("*1\r\n$40000\r\n" + "v".repeat(40_000) + "\r"));
    }

    @Test
    void nothingElseIsWaitedFor() {
        assertEquals(0, missing(""));
        assertEquals(0, missing("PING\r\n"));
        assertEquals(0, missing("*1\r\n$10\r\n"), "a short argument");
        assertEquals(0, missing("*1\r\n$40000\r\n" + "v".repeat(40_000) + "\r\n"));
        assertEquals(0, missing("*1\r\n$4\r\nPING\r\n*1\r\n$100000\r\n"), "not the first");
        assertEquals(0, missing("*1\r\n$1000000000000\r\n"));
        assertEquals(0, missing("*1\r\n$-5\r\n"));
        assertEquals(0, missing("*1\r\n$100000"));
        assertEquals(0, missing("*1\r\n$100000\r"));
        assertEquals(0, missing("*x\r\n$100000\r\n"));
        assertEquals(0, missing("*"));
    }
}
