package dev.lockstep.server.process;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns SIGTERM and SIGINT into one orderly shutdown.
 *
 * <p>The first of either starts the shutdown, which saves and then exits with code 0; if it is given up
 * because the save failed, the server goes on and the next signal starts it anew, as in Redis. While a
 * shutdown is under way, SIGINT (an operator's second ^C) ends the process at once with code 1. SIGHUP is
 * ignored always, so that a closing terminal takes no server with it.
 */
public final class TerminationSignals {
    private static final Logger LOG = LoggerFactory.getLogger(TerminationSignals.class);

    private final Consumer<String> shutdown;
    private final Runnable lastWill;
    private final AtomicBoolean shuttingDown = new AtomicBoolean();

    private TerminationSignals(Consumer<String> shutdown, Runnable lastWill) {
        this.shutdown = shutdown;
        this.lastWill = lastWill;
    }

    /**
     * Takes over the three signals. It takes tens of milliseconds, in which the JVM builds a proxy class:
     * best called beside the opening of the listeners, and at an end before clients are served.
     *
     * @param shutdown starts the shutdown for a signal, TERM or INT, soon, elsewhere; called on a thread of the
     *     JVM, which it mustn't keep
     * @param lastWill what is still owed when an operator insists: removing a half-written file
     */
    public static TerminationSignals install(Consumer<String> shutdown, Runnable lastWill) {
        TerminationSignals signals = new TerminationSignals(shutdown, lastWill);
        Signals.ignore("HUP");
        for (String name : new String[] {"TERM", "INT"}) {
            if (!Signals.handle(name, signals::arrived)) {
                LOG.warn("SIG{} ends this server without a save: the JVM keeps the signal.", name);
            }
        }
        return signals;
    }

    /** Says that the shutdown was given up: the next signal starts a new one. Any thread. */
    public void shutdownGivenUp() {
        shuttingDown.set(false);
    }

    private void arrived(String name) {
        boolean first = shuttingDown.compareAndSet(false, true);
        if (!first && name.equals("INT")) {
            LOG.warn("You insist... exiting now.");
            lastWill.run();
            Runtime.getRuntime().halt(1);
        }
        LOG.warn("Received SIG{} scheduling shutdown...", name);
        if (first) {
            shutdown.accept(name);
        }
    }
}
