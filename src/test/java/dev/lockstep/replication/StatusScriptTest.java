package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Program;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** scripts/replication-status prints the whole tree, whichever node it is asked at. */
class StatusScriptTest {
    private static final Path BASE = Path.of(System.getProperty("lockstep.basedir")).normalize();

    private static Program status(int port) {
        return Program.run(
                Duration.ofSeconds(60),
                BASE,
                List.of("scripts/replication-status", "127.0.0.1:" + port));
    }

    @Test
    void theTreeIsTheSameFromEveryNode() {
        try (ServerProcess master =
                        ServerProcess.start(ServerKind.LOCKSTEP, "repl-diskless-sync-delay 0");
                ServerProcess middle =
                        ServerProcess.start(ServerKind.LOCKSTEP, "repl-diskless-sync-delay 0");
                ServerProcess last = ServerProcess.start(ServerKind.STOCK)) {
            middle.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Replicas.awaitLink(middle);
            last.call("REPLICAOF", "127.0.0.1", "" + middle.port());
            Replicas.awaitLink(last);
            master.call("SET", "a", "b");
            Replicas.awaitSameData(master, last);
            for (ServerProcess asked : List.of(master, middle, last)) {
                String[] lines = status(asked.port()).expectExit(0).output().strip().split("\n");
                assertEquals(3, lines.length, String.join("\n", lines));
                assertTrue(
                        lines[0].matches(
                                "127\\.0\\.0\\.1:" + master.port() + "  master   offset \\d+"),
                        lines[0]);
                assertTrue(
                        lines[1].matches(
                                "  127\\.0\\.0\\.1:"
                                        + middle.port()
                                        + "  replica  link up  offset \\d+  lacks \\d+ bytes  acknowledged \\d+ s ago"),
                        lines[1]);
                assertTrue(
                        lines[2].startsWith("    127.0.0.1:" + last.port() + "  replica  link up"),
                        lines[2]);
            }
            master.kill();
            Program broken = status(middle.port()).expectExit(1);
            assertTrue(
                    broken.output().contains("127.0.0.1:" + master.port() + "  unreachable"),
                    broken.output());
            assertTrue(broken.output().contains("link down"), broken.output());
        }
    }
}
