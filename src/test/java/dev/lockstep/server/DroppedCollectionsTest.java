package dev.lockstep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Removing a big collection, whichever way, keeps no other command waiting: its memory comes back in slices.
 *
 * <p>What is measured is how long the executor is busy from one task to the next, which is what a command that has arrived
 * meanwhile waits. It is measured in processor time, since a machine with other work stops any thread for milliseconds; the
 * time on the clock is printed besides. {@code -Dlockstep.elements} is the number of elements (100,000).
 */
class DroppedCollectionsTest {
    private static final int ELEMENTS = Integer.getInteger("lockstep.elements", 100_000);

    /** What else the machine does can hold up any one attempt; what the removal itself takes holds up all of them. */
    private static final int ATTEMPTS = 3;

    private static final double MOST_ADDED_MILLIS = 2;
    private static final int BATCH = 1_000;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private enum Collection {
        LIST("RPUSH", " element:#"),
        SET("SADD", " element:#"),
        HASH("HSET", " element:# #"),
        SORTED_SET("ZADD", " # element:#");

        private final String command;
        private final String element;

        Collection(String command, String element) {
            this.command = command;
            this.element = element;
        }

        void fill(EmbeddedServer.Link link, String key) {
            for (int first = 0; first < ELEMENTS; first += BATCH) {
                StringBuilder words = new StringBuilder(command + " " + key);
                for (int i = first; i < Math.min(first + BATCH, ELEMENTS); i++) {
                    words.append(element.replace("#", Integer.toString(i)));
                }
                String reply = link.call(words.toString());
                assertTrue(reply.startsWith(":"), reply);
            }
        }
    }

    private enum Removal {
        DEL("DEL key", ":1"),
        SET_OVER("SET key v", "+OK"),
        RENAME_OVER("RENAME other key", "+OK"),
        EXPIRY("PEXPIRE key 1", ":1");

        private final String command;
        private final String reply;

        Removal(String command, String reply) {
            this.command = command;
            this.reply = reply;
        }
    }

    /**
     * A task that runs once in each turn of the executor's loop, and notes the longest time from one run to the next. It is
     * scheduled: tasks that a task submits run in the same turn, and put off the next for up to a second.
     */
    private static final class Turns implements Runnable, AutoCloseable {
        private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        private final EmbeddedServer embedded;
        private long lastBusyNanos = -1;
        private long lastNanos;
        private long longestBusyNanos;
        private long longestNanos;
        private boolean stopped;

        Turns(EmbeddedServer embedded) {
            this.embedded = embedded;
            embedded.server().loop().schedule(this, 0, TimeUnit.NANOSECONDS);
        }

        @Override
        public void run() {
            long busyNanos = threads.getCurrentThreadCpuTime();
            long nanos = System.nanoTime();
            if (lastBusyNanos >= 0) {
                longestBusyNanos = Math.max(longestBusyNanos, busyNanos - lastBusyNanos);
                longestNanos = Math.max(longestNanos, nanos - lastNanos);
            }
            lastBusyNanos = busyNanos;
            lastNanos = nanos;
            if (!stopped) {
                embedded.server().loop().schedule(this, 0, TimeUnit.NANOSECONDS);
            }
        }

        /** The longest time from run to run since the last call, of processor and clock, in milliseconds. */
        double[] take() {
            return embedded.onExecutor(
                    () -> {
                        double[] longest = {longestBusyNanos / 1e6, longestNanos / 1e6};
                        longestBusyNanos = 0;
                        longestNanos = 0;
                        return longest;
                    });
        }

        @Override
        public void close() {
            embedded.onExecutor(() -> stopped = true);
        }
    }

    @ParameterizedTest
    @EnumSource(Collection.class)
    void removingKeepsNobodyWaiting(Collection collection) throws Exception {
        try (EmbeddedServer embedded = new EmbeddedServer()) {
            embedded.server().cron().start();
            EmbeddedServer.Link link = embedded.connect();
            assertEquals("+OK", link.call("CONFIG SET save "));
            collection.fill(link, "original");
            long usedByOne = used(embedded);
            for (Removal removal : Removal.values()) {
                double added = Double.MAX_VALUE;
                for (int attempt = 0; attempt < ATTEMPTS && added > MOST_ADDED_MILLIS; attempt++) {
                    added = addedByRemoval(embedded, link, collection, removal, usedByOne);
                }
                assertTrue(
                        added <= MOST_ADDED_MILLIS,
                        collection + " " + removal + " adds " + added + " ms");
            }
            assertEquals(":1", link.call("DBSIZE"));
        }
    }

    /** The longest turn of the executor while a collection is removed, beyond the longest without that, in milliseconds. */
    private static double addedByRemoval(
            EmbeddedServer embedded,
            EmbeddedServer.Link link,
            Collection collection,
            Removal removal,
            long usedByOne)
            throws Exception {
        assertEquals(":1 +OK", link.call("COPY original key", "SET other v"));
        double[] quiet;
        double[] removing;
        try (Turns turns = new Turns(embedded)) {
            turns.take();
            long until = System.nanoTime() + 300_000_000;
            Await.until("some turns are over", LIMIT, () -> System.nanoTime() > until);
            quiet = turns.take();
            assertEquals(removal.reply, link.call(removal.command));
            Await.until(
                    "the memory has come back",
                    LIMIT,
                    () -> used(embedded) < usedByOne + 1_000,
                    () -> used(embedded) + " of " + usedByOne);
            removing = turns.take();
        }
        System.out.printf(
                "%s %s of %d elements: busy for at most %.3f ms, %.3f ms without; by the clock %.3f ms, %.3f ms%n",
                collection, removal, ELEMENTS, removing[0], quiet[0], removing[1], quiet[1]);
        link.call("DEL key other");
        return removing[0] - quiet[0];
    }

    private static long used(EmbeddedServer embedded) {
        return embedded.onExecutor(() -> embedded.server().keyspace().used());
    }
}
