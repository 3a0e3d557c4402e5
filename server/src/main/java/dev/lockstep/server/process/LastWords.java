package dev.lockstep.server.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a process that can't go on: what was the matter is logged even if the heap is full to the last byte. From any thread. */
public final class LastWords {
    private static final Logger LOG = LoggerFactory.getLogger(LastWords.class);
    private static final int SPARE_BYTES = 1 << 20;

    private final String line;

    /** What the logging may need is set aside. */
    private byte[] spare = new byte[SPARE_BYTES];

    /** @param line what will be said */
    public LastWords(String line) {
        this.line = line;
    }

    /** Logs the line with its cause and ends the process with code 1; doesn't return. */
    public void exit(Throwable cause) {
        spare = null;
        try {
            LOG.error(line, cause);
            System.exit(1);
        } finally {
            Runtime.getRuntime().halt(1);
        }
    }
}
