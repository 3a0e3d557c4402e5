package dev.lockstep.protocol;

import static dev.lockstep.protocol.Recorded.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class GlobTest {
    @Test
    void matchesWhatStockMatches() throws Exception {
        List<String[]> cases = Recorded.cases("glob.txt");
        assertTrue(cases.size() >= 300);
        for (String[] c : cases) {
            assertEquals(
                    Boolean.parseBoolean(c[2]),
                    matches(c[0], c[1]),
                    "'" + c[0] + "' against '" + c[1] + "'");
        }
    }

    @Test
    void matchesTheUsualPatterns() {
        assertTrue(matches("h?llo", "hello"));
        assertFalse(matches("h?llo", "hllo"));
        assertTrue(matches("h*llo", "heeeello"));
        assertTrue(matches("h[ae]llo", "hallo"));
        assertFalse(matches("h[ae]llo", "hillo"));
        assertTrue(matches("h[^e]llo", "hallo"));
        assertTrue(matches("h[a-b]llo", "hbllo"));
        assertTrue(matches("h[b-a]llo", "hbllo"));
        assertTrue(matches("h\\*llo", "h*llo"));
        assertFalse(matches("h\\*llo", "hxllo"));
        assertTrue(matches("*foo*bar*", "xfooybarz"));
    }

    @Test
    void keepsRedisCorners() {
        assertTrue(matches("[abc", "b"));
        assertTrue(matches("[^", "x"));
        assertFalse(matches("[]", "]"));
        assertTrue(matches("[^]", "]"));
        assertTrue(matches("a\\", "a\\"));
        assertFalse(matches("*", ""));
        assertTrue(matches("", ""));
        assertTrue(matches("[a-]", "]"));
        assertTrue(matches("[\\]]", "]"));
        assertTrue(matches("[\\a-c]", "-"));
        assertTrue(matches("[\u0080-z]", "\u00e9"));
    }

    @Test
    void ignoresCaseInAsciiOnly() {
        assertTrue(Glob.matches(bytes("MaxMem*"), bytes("maxmemory"), true));
        assertTrue(Glob.matches(bytes("[A-C]x"), bytes("bX"), true));
        assertFalse(Glob.matches(bytes("[\\A]"), bytes("a"), true));
        assertFalse(Glob.matches(bytes("\u00c9"), bytes("\u00e9"), true));
        assertFalse(matches("MAX", "max"));
    }

    @Test
    void looksAtSlicesOnly() {
        byte[] pattern = bytes("xxa*cyy");
        byte[] text = bytes("zabbbcz");
        assertTrue(Glob.matches(pattern, 2, 3, text, 1, 5, false));
        assertFalse(Glob.matches(pattern, 2, 3, text, 1, 6, false));
        assertTrue(Glob.matches(bytes("[a]"), 0, 2, bytes("a"), 0, 1, false));
    }

    @Test
    void takesNoMoreThanPatternTimesText() {
        byte[] pattern = bytes("a*".repeat(1_000) + "b");
        byte[] text = bytes("a".repeat(20_000));
        byte[] nested = bytes("*?".repeat(1_000) + "b");
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> {
                    assertFalse(Glob.matches(pattern, text, false));
                    assertFalse(Glob.matches(nested, text, false));
                    assertTrue(Glob.matches(bytes("*".repeat(1_000_000)), text, false));
                });
    }

    @Test
    void refusesMoreThanAThousandStars() {
        byte[] text = bytes("a".repeat(1_500));
        assertTrue(Glob.matches(bytes("*a".repeat(1_000) + "*"), text, false));
        assertFalse(Glob.matches(bytes("*a".repeat(1_001)), text, false));
        assertTrue(Glob.matches(bytes("*".repeat(1_001) + "a"), text, false));
    }

    @Test
    void tellsLiteralsFromPatterns() {
        assertTrue(Glob.isLiteral(bytes("a]b^-"), 0, 5));
        for (String pattern : List.of("a*", "?", "[", "\\a")) {
            assertFalse(Glob.isLiteral(bytes(pattern), 0, pattern.length()), pattern);
        }
    }

    private static boolean matches(String pattern, String text) {
        return Glob.matches(bytes(pattern), bytes(text), false);
    }
}
