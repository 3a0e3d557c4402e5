package dev.lockstep.protocol;

import java.nio.charset.StandardCharsets;

/** Complete replies that never vary, for {@link ReplyBuffer#simple(byte[])}. */
public final class Replies {
    public static final byte[] OK = line("+OK");
    public static final byte[] PONG = line("+PONG");
    public static final byte[] QUEUED = line("+QUEUED");
    public static final byte[] RESET = line("+RESET");
    public static final byte[] NOKEY = line("+NOKEY");

    public static final byte[] TYPE_NONE = line("+none");

    public static final byte[] EMPTY_BULK = line("$0\r\n");
    public static final byte[] EMPTY_ARRAY = line("*0");
    public static final byte[] NULL_BULK_2 = line("$-1");
    public static final byte[] NULL_ARRAY_2 = line("*-1");
    public static final byte[] NULL_3 = line("_");
    public static final byte[] TRUE_3 = line("#t");
    public static final byte[] FALSE_3 = line("#f");

    private Replies() {}

    private static byte[] line(String text) {
        return (text + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }
}
