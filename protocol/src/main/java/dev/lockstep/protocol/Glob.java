package dev.lockstep.protocol;

/**
 * Redis' glob patterns over bytes: {@code *}, {@code ?}, {@code [abc]}, {@code [^a-z]} and {@code \} escapes.
 *
 * <p>On a mismatch only the last star is tried again: an earlier one could only move the same search to the right. So the
 * time is at most pattern length times text length, whatever a client sends, and nothing recurses.
 *
 * <p>Redis' own corners are kept: a class without its {@code ]} ends with the pattern, a range may be written backwards,
 * bytes in ranges compare as signed, an escaped byte in a class is compared with its case even when case is ignored,
 * a pattern of stars doesn't match the empty text, and nothing matches a pattern that needs more than {@value
 * #STARS_MAX} stars.
 */
public final class Glob {
    private static final int STARS_MAX = 1000;

    private Glob() {}

    public static boolean matches(byte[] pattern, byte[] text, boolean ignoreCase) {
        return matches(pattern, 0, pattern.length, text, 0, text.length, ignoreCase);
    }

    public static boolean matches(
            byte[] pattern,
            int patternOffset,
            int patternLength,
            byte[] text,
            int textOffset,
            int textLength,
            boolean ignoreCase) {
        int patternEnd = patternOffset + patternLength;
        int textEnd = textOffset + textLength;
        int p = patternOffset;
        int t = textOffset;
        int afterStar = -1;
        int starText = -1;
        int stars = 0;
        if (textLength == 0) {
            return patternLength == 0;
        }
        while (t < textEnd) {
            if (p < patternEnd && pattern[p] == '*') {
                do {
                    p++;
                } while (p < patternEnd && pattern[p] == '*');
                if (p == patternEnd) {
                    return true;
                }
                if (++stars > STARS_MAX) {
                    return false;
                }
                afterStar = p;
                starText = t;
                continue;
            }
            if (p < patternEnd && matchesOne(pattern, p, patternEnd, text[t], ignoreCase)) {
                p = elementEnd(pattern, p, patternEnd);
                t++;
            } else if (afterStar >= 0) {
                p = afterStar;
                t = ++starText;
            } else {
                return false;
            }
        }
        while (p < patternEnd && pattern[p] == '*') {
            p++;
        }
        return p == patternEnd;
    }

    /** Whether a pattern is a plain string, so that a look-up can take the place of a walk. */
    public static boolean isLiteral(byte[] pattern, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            byte c = pattern[i];
            if (c == '*' || c == '?' || c == '[' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    private static boolean matchesOne(byte[] pattern, int p, int end, byte c, boolean ignoreCase) {
        switch (pattern[p]) {
            case '?':
                return true;
            case '[':
                return matchesClass(pattern, p + 1, end, c, ignoreCase);
            case '\\':
                return same(pattern[p + 1 < end ? p + 1 : p], c, ignoreCase);
            default:
                return same(pattern[p], c, ignoreCase);
        }
    }

    private static int elementEnd(byte[] pattern, int p, int end) {
        switch (pattern[p]) {
            case '[':
                return classEnd(pattern, p + 1, end);
            case '\\':
                return Math.min(p + 2, end);
            default:
                return p + 1;
        }
    }

    private static boolean matchesClass(
            byte[] pattern, int p, int end, byte c, boolean ignoreCase) {
        boolean negated = p < end && pattern[p] == '^';
        if (negated) {
            p++;
        }
        boolean match = false;
        while (p < end && pattern[p] != ']') {
            if (pattern[p] == '\\' && end - p >= 2) {
                match |= pattern[p + 1] == c;
                p += 2;
            } else if (end - p >= 3 && pattern[p + 1] == '-') {
                match |= inRange(pattern[p], pattern[p + 2], c, ignoreCase);
                p += 3;
            } else {
                match |= same(pattern[p], c, ignoreCase);
                p++;
            }
        }
        return match != negated;
    }

    /** The index behind the class whose first byte within the brackets is at {@code p}. */
    private static int classEnd(byte[] pattern, int p, int end) {
        if (p < end && pattern[p] == '^') {
            p++;
        }
        while (p < end && pattern[p] != ']') {
            if (pattern[p] == '\\' && end - p >= 2) {
                p += 2;
            } else {
                p += end - p >= 3 && pattern[p + 1] == '-' ? 3 : 1;
            }
        }
        return Math.min(p + 1, end);
    }

    private static boolean inRange(byte a, byte b, byte c, boolean ignoreCase) {
        byte low = a <= b ? a : b;
        byte high = a <= b ? b : a;
        if (ignoreCase) {
            return lower(c) >= lower(low) && lower(c) <= lower(high);
        }
        return c >= low && c <= high;
    }

    private static boolean same(byte a, byte b, boolean ignoreCase) {
        return a == b || ignoreCase && lower(a) == lower(b);
    }

    private static int lower(byte c) {
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
}
