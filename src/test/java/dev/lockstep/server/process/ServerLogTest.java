package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerLogTest {
    private static final Pattern LINE =
            Pattern.compile(
                    "\\d+:[MSC] \\d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \\d{4}"
                            + " \\d{2}:\\d{2}:\\d{2}\\.\\d{3} [.*#-] .+");

    @TempDir Path dir;
    private Started started;

    @AfterEach
    void kill() {
        started.process.destroyForcibly();
    }

    @Test
    void linesHaveRedisFormatAndTheLevelTakesEffectAtOnce() throws Exception {
        started = Started.with(dir, "serve", "levels");
        started.awaitOut("a child's line");
        List<String> lines = started.out().lines().toList();
        for (String line : lines) {
            assertTrue(LINE.matcher(line).matches(), line);
            assertTrue(line.startsWith(started.process.pid() + ":"), line);
        }
        assertEquals(
                List.of(
                        "M * Ready to accept connections",
                        "M * a notice line",
                        "M # a warning line",
                        "M # a library's warning",
                        "M . a debug line after the change",
                        "S * a replica's line",
                        "C * a child's line"),
                lines.stream()
                        .map(line -> line.replaceFirst("^\\d+:(.) .{24} ", "$1 "))
                        .collect(Collectors.toList()));
    }

    @Test
    void aLogFileThatWasMovedAwayIsMadeAnew() throws Exception {
        Path log = dir.resolve("server.log");
        started = Started.with(dir, "serve", "chatter", "logfile=server.log");
        Started.await("the first lines", () -> Started.read(log).contains("still here"));
        Files.move(log, dir.resolve("server.log.1"));
        Started.await("a new file", () -> Started.read(log).contains("still here"));
        String rotated = Started.read(dir.resolve("server.log.1"));
        assertTrue(rotated.contains("Ready to accept connections"));
        assertFalse(Started.read(log).contains("Ready to accept connections"));
        assertEquals("", started.out());
    }

    @Test
    void aLogFileIsAppendedTo() throws Exception {
        Path log = Files.writeString(dir.resolve("server.log"), "from the last run\n");
        started = Started.with(dir, "serve", "logfile=server.log");
        Started.await("a line", () -> Started.read(log).contains("Ready to accept"));
        assertTrue(Started.read(log).startsWith("from the last run\n"));
    }

    @Test
    void anUnknownLevelIsRefused() throws Exception {
        started = Started.with(dir, "serve", "loglevel=chatty");
        assertEquals(1, started.exitCode());
        assertTrue(started.err().contains("no log level named 'chatty'"), started::err);
    }

    @Test
    void aClosedStandardOutputStopsNothing() throws Exception {
        Path pidFile = dir.resolve("pid");
        List<String> command = new ArrayList<>(List.of("sh", "-c", "exec \"$0\" \"$@\" >&-"));
        command.addAll(Started.command("serve", "chatter", "pidfile=" + pidFile));
        started = Started.run(dir, null, command);
        Started.await("the pid file", () -> Started.read(pidFile).endsWith("\n"));
        started.signal("TERM");
        assertEquals(0, started.exitCode());
        assertEquals("", started.out());
        assertEquals("", started.err());
    }

    @Test
    void theBannerNamesTheProcess() throws Exception {
        started = Started.with(dir, "serve", "banner");
        started.awaitOut("Ready to accept connections");
        String pid = " PID: " + started.process.pid() + "\n";
        assertTrue(started.out().contains(pid), started::out);
        assertTrue(started.out().contains("Port: 6379\n"), started::out);
    }
}
