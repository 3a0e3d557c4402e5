package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Program;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who finds a server by its pid file finds it as long as it runs, whatever else is tried meanwhile. */
class PidFileTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir Path dir;

    /** Runs a server that can't start, to its end. */
    private static Program fails(String... arguments) {
        List<String> command = new ArrayList<>(ServerKind.LOCKSTEP.command("200m", List.of()));
        command.addAll(List.of(arguments));
        return Program.run(LIMIT, Path.of("."), command).expectExit(1);
    }

    @Test
    void whoStartsASecondTimeLeavesTheFileOfTheOneThatRuns() throws IOException {
        Path file = dir.resolve("server.pid");
        try (ServerProcess running = ServerProcess.start(ServerKind.LOCKSTEP, "pidfile " + file)) {
            String content = running.pid() + "\n";
            assertEquals(content, Files.readString(file));
            String port = Integer.toString(running.port());
            Program second = fails("--port", port, "--bind", "127.0.0.1", "--pidfile", "" + file);
            assertTrue(
                    second.output().contains("Failed listening on port " + port), second.output());
            assertEquals(content, Files.readString(file));
            running.terminate();
            assertFalse(Files.exists(file));
        }
    }

    @Test
    void whatIsFoundWrongLateLeavesNoFile() {
        Path file = dir.resolve("server.pid");
        Program refused =
                fails(
                        "--port",
                        "0",
                        "--pidfile",
                        "" + file,
                        "--dir",
                        "" + dir,
                        "--user",
                        "a +nosuch");
        assertTrue(refused.output().contains("nosuch"), refused.output());
        assertFalse(Files.exists(file));
    }
}
