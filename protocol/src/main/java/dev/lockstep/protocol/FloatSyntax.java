package dev.lockstep.protocol;

/** What C's strtod and strtold take for a floating point number, without its sign. */
final class FloatSyntax {
    static final int INVALID = 0;
    static final int DECIMAL = 1;
    static final int HEXADECIMAL = 2;
    static final int INFINITY = 3;
    static final int NAN = 4;

    private FloatSyntax() {}

    /** The syntax of the whole range, which is {@link #INVALID} if anything is left over. */
    static int of(byte[] bytes, int from, int end) {
        if (from >= end) {
            return INVALID;
        }
        int first = bytes[from] | 0x20;
        if (first == 'i') {
            return isWord(bytes, from, end, "inf") || isWord(bytes, from, end, "infinity")
                    ? INFINITY
                    : INVALID;
        }
        if (first == 'n') {
            return isWord(bytes, from, end, "nan") ? NAN : INVALID;
        }
        if (end - from > 2 && bytes[from] == '0' && (bytes[from + 1] | 0x20) == 'x') {
            return isNumber(bytes, from + 2, end, true) ? HEXADECIMAL : INVALID;
        }
        return isNumber(bytes, from, end, false) ? DECIMAL : INVALID;
    }

    /** Whether the significand of a valid decimal or hexadecimal number has a digit other than 0. */
    static boolean hasNonZeroDigit(byte[] bytes, int from, int end) {
        boolean hexadecimal = end - from > 2 && (bytes[from + 1] | 0x20) == 'x';
        for (int i = hexadecimal ? from + 2 : from; i < end; i++) {
            int c = bytes[i];
            if ((c | 0x20) == (hexadecimal ? 'p' : 'e')) {
                return false;
            }
            if (c != '0' && c != '.') {
                return true;
            }
        }
        return false;
    }

    private static boolean isNumber(byte[] bytes, int from, int end, boolean hexadecimal) {
        int p = from;
        int digits = 0;
        boolean point = false;
        for (; p < end; p++) {
            int c = bytes[p];
            if (c >= '0' && c <= '9' || hexadecimal && (c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
                digits++;
            } else if (c == '.' && !point) {
                point = true;
            } else {
                break;
            }
        }
        return digits > 0 && (p == end || isExponent(bytes, p, end, hexadecimal ? 'p' : 'e'));
    }

    private static boolean isExponent(byte[] bytes, int from, int end, int letter) {
        if ((bytes[from] | 0x20) != letter) {
            return false;
        }
        int p = from + 1;
        if (p < end && (bytes[p] == '+' || bytes[p] == '-')) {
            p++;
        }
        if (p == end) {
            return false;
        }
        for (; p < end; p++) {
            if (bytes[p] < '0' || bytes[p] > '9') {
                return false;
            }
        }
        return true;
    }

    private static boolean isWord(byte[] bytes, int from, int end, String lowerCase) {
        if (end - from != lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            if ((bytes[from + i] | 0x20) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
