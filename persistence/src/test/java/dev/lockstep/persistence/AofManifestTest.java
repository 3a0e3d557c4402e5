package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The manifest of an append-only file: what it becomes with each step, and what of foreign text is accepted. */
class AofManifestTest {
    private static final String PREFIX = "appendonly.aof";

    private static void assertRefused(String reason, String text) {
        AofException e = assertThrows(AofException.class, () -> AofManifest.parse(text));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
    }

    private static List<String> names(List<AofManifest.Part> parts) {
        return parts.stream().map(AofManifest.Part::name).toList();
    }

    @Test
    void aRewriteMakesTheFormerPartsHistory() throws AofException {
        AofManifest first = AofManifest.EMPTY.withBase(PREFIX, true, 0).withIncrement(PREFIX);
        assertEquals(
                """
                file appendonly.aof.1.base.rdb seq 1 type b
                file appendonly.aof.1.incr.aof seq 1 type i
                """,
                first.text());
        AofManifest rewritten =
                first.withIncrement(PREFIX).withIncrement(PREFIX).withBase(PREFIX, false, 1);
        assertEquals(
                """
                file appendonly.aof.2.base.aof seq 2 type b
                file appendonly.aof.2.incr.aof seq 2 type h
                file appendonly.aof.1.incr.aof seq 1 type h
                file appendonly.aof.1.base.rdb seq 1 type h
                file appendonly.aof.3.incr.aof seq 3 type i
                """
                        .lines()
                        .sorted()
                        .toList(),
                rewritten.text().lines().sorted().toList());
        assertEquals(
                List.of("appendonly.aof.2.base.aof", "appendonly.aof.3.incr.aof"),
                names(rewritten.toLoad()));
        assertEquals(3, rewritten.history().size());
        assertTrue(rewritten.withoutHistory().history().isEmpty());
        assertEquals(rewritten.text(), AofManifest.parse(rewritten.text()).text());
        assertEquals(
                "appendonly.aof.4.incr.aof",
                AofManifest.parse(rewritten.text()).withIncrement(PREFIX).lastIncrement().name());
    }

    @Test
    void namesAreQuotedWhereTheyMustBe() throws AofException {
        AofManifest manifest = AofManifest.EMPTY.withIncrement("file \"é\" with spaces");
        assertEquals(
                "file \"file \\\"\\xc3\\xa9\\\" with spaces.1.incr.aof\" seq 1 type i\n",
                manifest.text());
        assertEquals(manifest.increments(), AofManifest.parse(manifest.text()).increments());
    }

    @Test
    void unknownKeysAndCommentsArePassedOver() throws AofException {
        AofManifest manifest =
                AofManifest.parse(
                        "# a comment\nfile a.1.incr.aof seq 1 type i new value\nfile a.7.incr.aof seq 7 type i");
        assertNull(manifest.base());
        assertEquals(List.of("a.1.incr.aof", "a.7.incr.aof"), names(manifest.toLoad()));
        assertEquals("a.8.incr.aof", manifest.withIncrement("a").lastIncrement().name());
    }

    @Test
    void damagedManifestsAreRefusedByTheLine() {
        assertRefused("empty AOF manifest", "");
        assertRefused("line 2", "file a seq 1 type b\n\nfile b seq 1 type i\n");
        assertRefused("Invalid AOF manifest file format", "file a seq 1\n");
        assertRefused("Invalid AOF manifest file format", "filx a seq 1 type b\n");
        assertRefused("Invalid AOF manifest file format", "file a seq 0 type b\n");
        assertRefused("Invalid AOF manifest file format", "file a seq x type b\n");
        assertRefused("Invalid AOF manifest file format", "file \"a seq 1 type b\n");
        assertRefused("Invalid AOF manifest file format", "file a seq 1 type b odd\n");
        assertRefused("Unknown AOF file type", "file a seq 1 type x\n");
        assertRefused("Unknown AOF file type", "file a seq 1 type bi\n");
        assertRefused("can't be a path", "file ../a seq 1 type b\n");
        assertRefused("duplicate base", "file a seq 1 type b\nfile b seq 2 type b\n");
        assertRefused(
                "non-monotonic sequence number", "file a seq 2 type i\nfile b seq 2 type i\n");
        assertRefused("too long line", "file " + "a".repeat(1024) + " seq 1 type b\n");
    }

    @Test
    void anOldFileBecomesTheBase() {
        AofManifest manifest = AofManifest.EMPTY.withOldFile(PREFIX);
        assertEquals("file appendonly.aof seq 1 type b\n", manifest.text());
        assertEquals("appendonly.aof.2.base.rdb", manifest.withBase(PREFIX, true, 0).base().name());
    }
}
