package dev.lockstep.server.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells the system how willingly to kill this process when memory runs out: {@code oom_score_adj} of proc(5), from -1000
 * (never) to 1000 (first). What it was before is kept, and can be restored. One thread.
 */
public final class OomScore {
    private static final int LOWEST = -1000;
    private static final int HIGHEST = 1000;

    private final Path file;

    /** What it was before this process changed it; null while it hasn't. */
    private Integer base;

    /** That of this process. */
    public OomScore() {
        this(Path.of("/proc/self/oom_score_adj"));
    }

    OomScore(Path file) {
        this.file = file;
    }

    /**
     * Sets the score, to a value of its own or to one above what it was.
     *
     * @throws IOException if the system doesn't let this process: only root may lower it
     */
    public void adjust(int score, boolean isRelative) throws IOException {
        int before = base == null ? Integer.parseInt(Files.readString(file).strip()) : base;
        write(isRelative ? before + score : score);
        base = before;
    }

    /** Sets it to what it was, if it has been changed. */
    public void restore() throws IOException {
        if (base != null) {
            int before = base;
            base = null;
            write(before);
        }
    }

    private void write(int score) throws IOException {
        Files.writeString(file, Integer.toString(Math.max(LOWEST, Math.min(HIGHEST, score))));
    }
}
