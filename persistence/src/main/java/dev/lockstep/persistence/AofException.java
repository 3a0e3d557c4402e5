package dev.lockstep.persistence;

import java.io.IOException;

/** An append-only file, or its manifest, holds what can't be loaded. The message says where and what. */
public final class AofException extends IOException {
    private static final long serialVersionUID = 1;

    public AofException(String message) {
        super(message);
    }
}
