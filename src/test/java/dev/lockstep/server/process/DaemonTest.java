package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class DaemonTest {
    private static final int SESSION = 6;

    @TempDir Path dir;
    private long daemon;

    @AfterEach
    void killTheDaemon() {
        if (daemon != 0) {
            ProcessHandle.of(daemon).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void outlivesItsParentInASessionOfItsOwn() throws Exception {
        Started parent = Started.with(dir, "daemonize", "pidfile=daemon.pid", "logfile=daemon.log");
        assertEquals(0, parent.exitCode(), parent::err);
        daemon = pidFrom("daemon.pid");
        assertTrue(Started.alive(daemon));
        assertEquals("", parent.out());
        assertEquals("", parent.err());
        assertNotEquals(parent.process.pid(), daemon);
        assertEquals(Long.toString(daemon), Started.stat(daemon, SESSION));
        assertEquals(dir.toRealPath(), link("cwd"));
        for (String stream : new String[] {"fd/0", "fd/1", "fd/2"}) {
            assertEquals(Path.of("/dev/null"), link(stream));
        }
        assertTrue(Started.read(dir.resolve("daemon.log")).contains(daemon + ":M "));

        Started.signal(daemon, "HUP");
        Started.signal(daemon, "TERM");
        Started.await("the daemon's end", () -> !Started.alive(daemon));
        assertFalse(Files.exists(dir.resolve("daemon.pid")));
        assertTrue(Started.read(dir.resolve("daemon.log")).contains("# bye bye"));
        try (Stream<Path> left = Files.list(dir)) {
            assertEquals(3, left.count(), "the log and this test's two files");
        }
    }

    @Test
    void aFailedStartIsToldByTheParent() throws Exception {
        Started parent = Started.with(dir, "daemonize", "fail=Port_6379_is_in_use");
        assertEquals(1, parent.exitCode());
        assertEquals("Port 6379 is in use\n", parent.err());
        assertEquals("", parent.out());
    }

    @Test
    void aLogFileThatCantBeOpenedIsToldByTheParent() throws Exception {
        Started parent = Started.with(dir, "daemonize", "logfile=missing/x.log");
        assertEquals(1, parent.exitCode());
        assertEquals(
                "Can't open the log file: missing/x.log (No such file or directory)\n",
                parent.err());
    }

    @Test
    void theParentWaitsUntilTheDaemonIsReady() throws Exception {
        Started parent = waitingForItsDaemon();
        assertFalse(parent.process.waitFor(200, TimeUnit.MILLISECONDS));
        Files.createFile(dir.resolve("go"));
        assertEquals(0, parent.exitCode());
        assertTrue(Started.alive(daemon));
    }

    @Test
    void aSignalToTheParentThatWaitsEndsTheDaemon() throws Exception {
        Started parent = waitingForItsDaemon();
        Started.signal(parent.process.pid(), "TERM");
        assertEquals(128 + 15, parent.process.waitFor());
        Files.createFile(dir.resolve("go")); // it looks at signals when it is ready
        Started.await("the daemon's end", () -> !Started.alive(daemon));
    }

    @Test
    void configurationOnStandardInputReachesTheDaemon() throws Exception {
        Path config = Files.writeString(dir.resolve("config"), "daemonize pidfile=daemon.pid\n");
        Started parent = Started.with(dir, config.toFile(), "logfile=d.log", "-");
        assertEquals(0, parent.exitCode(), parent::err);
        daemon = pidFrom("daemon.pid");
        assertTrue(Started.alive(daemon));
    }

    /** Its daemon has begun, and isn't ready before there is a file {@code go}. */
    private Started waitingForItsDaemon() throws Exception {
        Started parent =
                Started.with(dir, "daemonize", "pidfile=daemon.pid", "gate=go", "logfile=d.log");
        Started.await("the pid file", () -> !Started.read(dir.resolve("daemon.pid")).isEmpty());
        daemon = pidFrom("daemon.pid");
        return parent;
    }

    private long pidFrom(String file) throws IOException {
        return Long.parseLong(Files.readString(dir.resolve(file)).strip());
    }

    private Path link(String name) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/" + daemon, name));
    }
}
