package dev.lockstep.server.info;

import java.util.Locale;

/**
 * The fields of one section of INFO as its text: lines of {@code name:value}, each ended by CR LF.
 *
 * <p>Given to whoever knows the fields, such as {@code Replication.describe}.
 */
public final class InfoSection {
    private static final long KIB = 1L << 10;
    private static final String UNITS = "KMGTP";

    private final StringBuilder text;

    InfoSection(StringBuilder text) {
        this.text = text;
    }

    public InfoSection field(String name, long value) {
        text.append(name).append(':').append(value).append("\r\n");
        return this;
    }

    /** @param value one character per byte, without line breaks */
    public InfoSection field(String name, String value) {
        text.append(name).append(':').append(value).append("\r\n");
        return this;
    }

    /** 1 or 0. */
    public InfoSection field(String name, boolean value) {
        return field(name, value ? 1 : 0);
    }

    /** A number with a fixed count of decimals. */
    public InfoSection field(String name, double value, int decimals) {
        return field(name, String.format(Locale.ROOT, "%." + decimals + "f", value));
    }

    /** A count of bytes, and the same once more as {@code name_human}. */
    public InfoSection bytes(String name, long bytes) {
        return field(name, bytes).field(name + "_human", human(bytes));
    }

    /** A count of bytes for people: {@code 895.20K}. */
    public static String human(long bytes) {
        if (bytes < KIB) {
            return bytes + "B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= KIB && unit < UNITS.length() - 1) {
            value /= KIB;
            unit++;
        }
        return String.format(Locale.ROOT, "%.2f%c", value, UNITS.charAt(unit));
    }
}
