package dev.lockstep.server.script;

import dev.lockstep.protocol.ByteArray;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The commands to the debugger of scripts in what its client has sent: arrays of bulk strings, and short ones. */
final class DebuggerInput {
    static final String PROTOCOL_ERROR = "protocol error";
    static final String TOO_MUCH = "max client buffer reached";

    private static final int WORDS_MAX = 1024;
    private static final int WORD_BYTES_MAX = 1024;
    private static final int BYTES_MAX = 1 << 20;

    private final ByteArray input = new ByteArray(1024);
    private int at;
    private String failure;

    void clear() {
        input.clear();
        failure = null;
    }

    void add(byte[] array, int offset, int length) {
        input.append(array, offset, length);
    }

    /** What is wrong with the input, or null. */
    String failure() {
        return failure;
    }

    /** Takes the next command; null if it isn't complete, or if there is a {@link #failure}. */
    List<byte[]> next() {
        at = 0;
        List<byte[]> words = parse();
        if (words != null || failure != null) {
            input.clear();
        } else if (input.length() > BYTES_MAX) {
            failure = TOO_MUCH;
            input.clear();
        }
        return words;
    }

    private List<byte[]> parse() {
        if (input.length() == 0) {
            return null;
        }
        int count = number('*', WORDS_MAX);
        if (count == 0) {
            return null;
        }
        List<byte[]> words = new ArrayList<>(count);
        while (words.size() < count) {
            if (at == input.length()) {
                return null;
            }
            int length = number('$', WORD_BYTES_MAX);
            if (length == 0 || at + length + 2 > input.length()) {
                return null;
            }
            int end = at + length;
            if (input.array()[end] != '\r' || input.array()[end + 1] != '\n') {
                failure = PROTOCOL_ERROR;
                return null;
            }
            words.add(Arrays.copyOfRange(input.array(), at, end));
            at = end + 2;
        }
        return words;
    }

    /** The number in a line that begins with a mark, from 1 to {@code most}; 0 if it isn't there yet, or on a failure. */
    private int number(char mark, int most) {
        byte[] array = input.array();
        if (array[at] != mark) {
            failure = PROTOCOL_ERROR;
            return 0;
        }
        int end = at + 1;
        while (end + 1 < input.length() && (array[end] != '\r' || array[end + 1] != '\n')) {
            end++;
        }
        if (end + 1 >= input.length()) {
            return 0;
        }
        String digits = new String(array, at + 1, end - at - 1, StandardCharsets.ISO_8859_1);
        at = end + 2;
        int number = digits.matches("[0-9]{1,4}") ? Integer.parseInt(digits) : 0;
        if (number < 1 || number > most) {
            failure = PROTOCOL_ERROR;
            return 0;
        }
        return number;
    }
}
