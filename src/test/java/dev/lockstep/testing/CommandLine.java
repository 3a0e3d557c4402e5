package dev.lockstep.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits a line into arguments with redis-cli's quoting and prints bytes in the same quoting.
 *
 * <p>In double quotes {@code \n \r \t \b \a \\ \" \xHH} are escapes; in single quotes only {@code \'} is. Text outside
 * ASCII is UTF-8.
 */
public final class CommandLine {

    private CommandLine() {}

    /** Throws IllegalArgumentException for unbalanced quotes. */
    public static List<byte[]> split(String line) {
        byte[] in = line.getBytes(StandardCharsets.UTF_8);
        List<byte[]> arguments = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < in.length && in[at] == ' ') {
                at++;
            }
            if (at == in.length) {
                return arguments;
            }
            ByteArrayOutputStream argument = new ByteArrayOutputStream();
            if (in[at] == '"' || in[at] == '\'') {
                at = quoted(in, at + 1, in[at], argument);
                if (at < in.length && in[at] != ' ') {
                    throw new IllegalArgumentException("text after a closing quote: " + line);
                }
            } else {
                while (at < in.length && in[at] != ' ') {
                    argument.write(in[at++]);
                }
            }
            arguments.add(argument.toByteArray());
        }
    }

    private static int quoted(byte[] in, int from, byte quote, ByteArrayOutputStream out) {
        int at = from;
        while (at < in.length && in[at] != quote) {
            if (in[at] != '\\' || at + 1 == in.length) {
                out.write(in[at++]);
            } else if (quote == '\'') {
                boolean escaped = in[at + 1] == '\'';
                out.write(escaped ? '\'' : '\\');
                at += escaped ? 2 : 1;
            } else if (in[at + 1] == 'x') {
                out.write(
                        Integer.parseInt(new String(in, at + 2, 2, StandardCharsets.US_ASCII), 16));
                at += 4;
            } else {
                out.write(unescape(in[at + 1]));
                at += 2;
            }
        }
        if (at == in.length) {
            throw new IllegalArgumentException(
                    "unbalanced quotes: " + new String(in, StandardCharsets.UTF_8));
        }
        return at + 1;
    }

    private static int unescape(byte letter) {
        return switch (letter) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> letter;
        };
    }

    /** The bytes in double quotes, everything outside printable ASCII escaped. */
    public static String quote(byte[] bytes) {
        StringBuilder out = new StringBuilder(bytes.length + 2).append('"');
        for (byte b : bytes) {
            switch (b) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '"', '\\' -> out.append('\\').append((char) b);
                default -> {
                    if (b >= 32 && b < 127) {
                        out.append((char) b);
                    } else {
                        out.append(String.format("\\x%02x", b & 0xff));
                    }
                }
            }
        }
        return out.append('"').toString();
    }
}
