package dev.lockstep.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a condition by polling it until a deadline, and says what it last saw when the deadline passes. */
public final class Await {
    private static final long POLL_NANOS = 10_000_000;

    private Await() {}

    /** A condition that may fail with an exception, which counts as "not yet". */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Throws AssertionError naming {@code what} if the condition doesn't hold within the limit. */
    public static void until(String what, Duration limit, Condition condition) {
        until(what, limit, condition, () -> "");
    }

    /** As above; {@code seen} is asked for the state that goes into the error message. */
    public static void until(
            String what, Duration limit, Condition condition, Supplier<String> seen) {
        long deadline = System.nanoTime() + limit.toNanos();
        Exception last = null;
        do {
            try {
                if (condition.holds()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            LockSupport.parkNanos(POLL_NANOS);
        } while (System.nanoTime() < deadline);
        String state;
        try {
            state = seen.get();
        } catch (RuntimeException e) {
            state = e.toString();
        }
        throw new AssertionError(
                "not within "
                        + limit.toMillis()
                        + " ms: "
                        + what
                        + (state.isEmpty() ? "" : "; " + state),
                last);
    }
}
