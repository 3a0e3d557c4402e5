package dev.lockstep.persistence;

import java.io.IOException;

/** A save or a load that ended because it was told to, not because something failed. */
public final class CancelledException extends IOException {
    private static final long serialVersionUID = 1L;

    CancelledException(String what) {
        super(what + " was cancelled");
    }
}
