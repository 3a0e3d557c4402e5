package dev.lockstep.persistence;

import java.io.IOException;

/**
 * RDB bytes that are not what the format allows, or not what this version can load. The message says at which offset
 * (in bytes from the start of the RDB), what was expected there and what was found; it doesn't name the file, which the
 * caller knows. A failing disk or socket is a plain {@link IOException} instead.
 */
public final class RdbException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long offset;

    public RdbException(final long offset, final String message) {
        super(message + " (offset " + offset + ")");
        this.offset = offset;
    }

    /** Bytes from the start of the RDB to what was wrong. */
    public long offset() {
        return offset;
    }
}
