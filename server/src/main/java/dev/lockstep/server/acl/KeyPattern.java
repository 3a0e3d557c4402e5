package dev.lockstep.server.acl;

import dev.lockstep.protocol.Glob;
import java.nio.charset.StandardCharsets;

/**
 * Keys that a selector allows: a glob, and whether they may be read or written.
 *
 * @param text the glob, one character per byte
 * @param glob its bytes
 * @param access {@link #READ}, {@link #WRITE} or both
 */
record KeyPattern(String text, byte[] glob, int access) {
    static final int READ = 1;
    static final int WRITE = 2;
    static final int BOTH = READ | WRITE;

    static KeyPattern of(String text, int access) {
        return new KeyPattern(text, text.getBytes(StandardCharsets.ISO_8859_1), access);
    }

    /** Whether it allows all the kinds of access that a mask says. */
    boolean grants(int wanted) {
        return (access & wanted) == wanted;
    }

    boolean matches(byte[] array, int offset, int length) {
        return Glob.matches(glob, 0, glob.length, array, offset, length, false);
    }

    /** The rule that gives this pattern. */
    String rule() {
        return switch (access) {
            case READ -> "%R~" + text;
            case WRITE -> "%W~" + text;
            default -> "~" + text;
        };
    }
}
