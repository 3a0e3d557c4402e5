package dev.lockstep.server.script;

import dev.lockstep.server.command.CommandException;
import dev.lockstep.server.config.Quoting;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The first line of a script or a library that begins with "#!": an engine and options.
 *
 * @param engine what follows "#!"
 * @param options what follows that, by spaces
 * @param body the source from the end of that line on, so that its lines keep their numbers
 */
record Shebang(String engine, List<String> options, byte[] body) {
    static boolean begins(byte[] array, int offset, int length) {
        return length >= 2 && array[offset] == '#' && array[offset + 1] == '!';
    }

    /**
     * The first line of source text; null if it doesn't begin with "#!".
     *
     * @param endless is thrown if the line does not end, or has a zero byte in it
     * @param unbalanced is thrown if a quote in it doesn't
     */
    static Shebang of(byte[] code, CommandException endless, CommandException unbalanced) {
        if (!begins(code, 0, code.length)) {
            return null;
        }
        int end = 0;
        while (end < code.length && code[end] != '\n' && code[end] != 0) {
            end++;
        }
        if (end == code.length || code[end] == 0) {
            throw endless;
        }
        List<String> words = Quoting.split(new String(code, 0, end, StandardCharsets.ISO_8859_1));
        if (words == null) {
            throw unbalanced;
        }
        String engine = words.get(0).substring(2);
        words.remove(0);
        return new Shebang(engine, words, Arrays.copyOfRange(code, end, code.length));
    }
}
