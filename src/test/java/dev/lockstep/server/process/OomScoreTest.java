package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The score is counted from what it was at first, stays within its bounds, and goes back to what it was. */
class OomScoreTest {
    @TempDir Path directory;
    private Path file;
    private OomScore score;

    @BeforeEach
    void start() throws IOException {
        file = directory.resolve("oom_score_adj");
        Files.writeString(file, "22\n");
        score = new OomScore(file);
    }

    private String written() throws IOException {
        return Files.readString(file).strip();
    }

    @Test
    void countsFromWhatItWas() throws IOException {
        score.adjust(9, true);
        assertEquals("31", written());
        score.adjust(20, true);
        assertEquals("42", written());
        score.adjust(20, false);
        assertEquals("20", written());
        score.restore();
        assertEquals("22", written());
    }

    @Test
    void staysWithinItsBounds() throws IOException {
        score.adjust(2000, true);
        assertEquals("1000", written());
        score.adjust(-2000, true);
        assertEquals("-1000", written());
    }

    @Test
    void leavesAloneWhatItNeverChanged() throws IOException {
        score.restore();
        Files.writeString(file, "5");
        score.restore();
        assertEquals("5", written());
        score.adjust(1, true);
        assertEquals("6", written());
    }

    @Test
    void saysWhatTheSystemRefuses() {
        OomScore nowhere = new OomScore(directory.resolve("missing"));
        assertThrows(IOException.class, () -> nowhere.adjust(1, true));
    }
}
