package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TerminationSignalsTest {
    private static final int SIGINT = 2;
    @TempDir Path dir;
    private Started started;

    @AfterEach
    void kill() {
        if (started != null) {
            started.process.destroyForcibly();
        }
    }

    private void start(String... args) throws Exception {
        started = Started.with(dir, args);
        started.awaitOut("Ready to accept connections");
    }

    @Test
    void sigtermShutsDownInOrderWithCodeZeroAndNoJvmWarning() throws Exception {
        start("serve");
        started.signal("TERM");
        assertEquals(0, started.exitCode());
        assertTrue(started.out().contains("# Received SIGTERM scheduling shutdown..."));
        assertTrue(started.out().contains("# bye bye"));
        assertEquals("", started.err());
    }

    /** A shell has what it runs in the background ignore SIGINT, and all that this starts inherits that. */
    private static void assumeSigintIsHeard() throws IOException {
        String ignored =
                Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .findFirst()
                        .orElse("SigIgn: 0");
        long signals = Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16);
        assumeFalse((signals & 1L << SIGINT - 1) != 0, "SIGINT is ignored by this process");
    }

    @Test
    void sigintShutsDownInOrderToo() throws Exception {
        assumeSigintIsHeard();
        start("serve");
        started.signal("INT");
        assertEquals(0, started.exitCode());
        assertTrue(started.out().contains("# Received SIGINT scheduling shutdown..."));
    }

    @Test
    void aShutdownGivenUpLeavesTheServerRunningUntilTheNextSignal() throws Exception {
        start("serve", "stubborn");
        started.signal("TERM");
        started.awaitOut("# Errors trying to shut down the server.");
        assertTrue(started.process.isAlive());
        Started.await(
                "the second SIGTERM to count",
                () -> {
                    started.signal("TERM");
                    return started.process.waitFor(200, TimeUnit.MILLISECONDS);
                });
        assertEquals(0, started.exitCode());
    }

    @Test
    void anInsistingSigintEndsAtOnceWithCodeOne() throws Exception {
        assumeSigintIsHeard();
        start("serve", "hang");
        started.signal("INT");
        started.awaitOut("# Received SIGINT scheduling shutdown...");
        started.signal("INT");
        assertEquals(1, started.exitCode());
        assertTrue(started.out().contains("# You insist... exiting now."));
        assertTrue(started.out().contains("# the last will"));
        assertFalse(started.out().contains("bye bye"));
    }

    @Test
    void sighupIsIgnored() throws Exception {
        start("serve", "chatter");
        started.signal("HUP");
        int before = started.out().length();
        Started.await("two more lines", () -> started.out().length() > before + 150);
        assertTrue(started.process.isAlive());
    }

    @Test
    void sigabrtLeavesAReportAndSigalrmOnlyStacks() throws Exception {
        start("serve");
        started.signal("ALRM");
        started.awaitOut("# Received SIGALRM\n");
        started.awaitOut("\nmain (WAITING)");
        assertTrue(started.process.isAlive());
        started.signal("ABRT");
        assertEquals(134, started.exitCode());
        assertTrue(started.out().contains("crashed by signal: SIGABRT"));
        assertTrue(started.out().contains("STACK TRACE"));
        assertTrue(started.out().contains("ProcessUnderTest.serve"));
    }

    @Test
    void theWatchdogSaysOnceWhereTheExecutorIsStuck() throws Exception {
        start("serve", "stuck");
        started.awaitOut("--- WATCHDOG TIMER EXPIRED ---\nmain (");
        started.awaitOut("ProcessUnderTest.stuckUntil");
        started.signal("TERM");
        assertEquals(0, started.exitCode());
        assertEquals(2, started.out().split("WATCHDOG TIMER EXPIRED", -1).length);
    }
}
