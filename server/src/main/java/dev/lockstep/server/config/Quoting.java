package dev.lockstep.server.config;

import dev.lockstep.protocol.InlineArguments;
import dev.lockstep.protocol.Quoted;
import dev.lockstep.protocol.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/** Configuration lines to arguments, by the quoting rules of {@link InlineArguments}, and an argument back to a line. */
public final class Quoting {
    /** Words that neither quotes nor backslashes nor bytes that can't be seen are in. */
    private static final Pattern PLAIN = Pattern.compile("[!#-&(-\\[\\]-~]+");

    private Quoting() {}

    /** The arguments of a line, or null if its quotes are unbalanced. */
    public static List<String> split(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
        Request split = new Request();
        split.set(bytes);
        if (!InlineArguments.split(bytes, 0, bytes.length, split)) {
            return null;
        }
        List<String> arguments = new ArrayList<>();
        for (int i = 0; i < split.argc(); i++) {
            arguments.add(
                    new String(
                            bytes, split.offset(i), split.length(i), StandardCharsets.ISO_8859_1));
        }
        return arguments;
    }

    /** The line with double quotes around those of its words that {@link #split} would take for something else. */
    static String quoteWords(String line) {
        StringJoiner words = new StringJoiner(" ");
        for (String word : line.split(" ", -1)) {
            words.add(PLAIN.matcher(word).matches() ? word : quote(word));
        }
        return words.toString();
    }

    /** The argument in double quotes, so that {@link #split} gives it back whatever bytes it holds. */
    static String quote(String argument) {
        byte[] bytes = argument.getBytes(StandardCharsets.ISO_8859_1);
        return Quoted.of(bytes, 0, bytes.length);
    }
}
