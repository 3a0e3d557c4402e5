package dev.lockstep.server.script;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-1, which scripts are named by. */
final class Digests {
    private static final HexFormat HEX = HexFormat.of();
    private static final MessageDigest SHA_1;

    static {
        try {
            SHA_1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-1", e);
        }
    }

    private Digests() {}

    /** 40 hexadecimal digits; executor only. */
    static String sha1Hex(byte[] bytes) {
        return sha1Hex(bytes, 0, bytes.length);
    }

    static String sha1Hex(byte[] array, int offset, int length) {
        SHA_1.update(array, offset, length);
        return HEX.formatHex(SHA_1.digest());
    }
}
