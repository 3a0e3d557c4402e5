package dev.lockstep.protocol;

/**
 * Bytes as Redis quotes them in MONITOR, in log lines and in configuration files: in double quotes, with \xHH for what can't
 * be printed. {@link InlineArguments} takes them back.
 */
public final class Quoted {
    private Quoted() {}

    public static String of(byte[] array, int from, int to) {
        StringBuilder text = new StringBuilder(to - from + 2);
        append(text, array, from, to);
        return text.toString();
    }

    public static void append(StringBuilder text, byte[] array, int from, int to) {
        text.append('"');
        for (int i = from; i < to; i++) {
            int letter = array[i] & 0xff;
            switch (letter) {
                case '\\', '"' -> text.append('\\').append((char) letter);
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case 7 -> text.append("\\a");
                case '\b' -> text.append("\\b");
                default -> {
                    if (letter >= 32 && letter < 127) {
                        text.append((char) letter);
                    } else {
                        text.append("\\x");
                        text.append(Character.forDigit(letter >> 4, 16));
                        text.append(Character.forDigit(letter & 15, 16));
                    }
                }
            }
        }
        text.append('"');
    }
}
