package dev.lockstep.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InlineArgumentsTest {
    /** The arguments, or null where the quotes aren't right. */
    private static List<String> split(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
        Request request = new Request();
        request.set(bytes);
        if (!InlineArguments.split(bytes, 0, bytes.length, request)) {
            return null;
        }
        List<String> arguments = new ArrayList<>();
        for (int i = 0; i < request.argc(); i++) {
            arguments.add(request.text(i));
        }
        return arguments;
    }

    @Test
    void spaceSeparatesAndQuotesKeepTogether() {
        assertEquals(List.of("a", "b c", "d'e", "f\n"), split(" a 'b c'\t\"d'e\" \"f\\n\" "));
        assertEquals(List.of(), split(" \r\n"));
        assertEquals(null, split("a 'b"));
        assertEquals(null, split("'a'b"));
    }

    @Test
    void aZeroByteEndsTheLine() {
        assertEquals(List.of("a"), split("a\0b c"));
        assertEquals(List.of("a"), split("a \0 b"));
        assertEquals(List.of(), split("\0a"));
        assertEquals(List.of("a b"), split("'a b'\0c"));
        assertEquals(null, split("'a\0b'"));
        assertEquals(null, split("\"a\0b\""));
    }
}
