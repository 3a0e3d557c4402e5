package dev.lockstep.server.acl;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What is kept of a password: its SHA-256, 64 hexadecimal digits in small letters. Any thread. */
final class PasswordHash {
    private static final int DIGITS = 64;

    private PasswordHash() {}

    static String of(byte[] password) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(password);
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Whether a text could be one. */
    static boolean isValid(String text) {
        return text.length() == DIGITS
                && text.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
    }
}
