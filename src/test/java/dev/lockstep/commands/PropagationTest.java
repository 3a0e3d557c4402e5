package dev.lockstep.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.testing.CommandLine;
import dev.lockstep.testing.ReplicationStream;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Replicas of Lockstep are sent what replicas of a stock redis-server are sent, command by command.
 *
 * <p>A file under {@code propagation} has commands, one a line, or several with {@code |} in between, such as those of a
 * transaction. The changes that follow from each line are compared, so that a difference names the command.
 */
class PropagationTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "strings.txt",
                "lists.txt",
                "bits.txt",
                "hyperloglog.txt",
                "pubsub.txt",
                "keys.txt",
                "sets.txt",
                "sort.txt",
                "hashes.txt",
                "sorted-sets.txt",
                "transactions.txt",
                "scripts.txt"
            })
    void replicasAreSentTheSame(String file) throws IOException {
        List<String> commands = lines(file);
        assertEquals(changes(ServerKind.STOCK, commands), changes(ServerKind.LOCKSTEP, commands));
    }

    /** Stock servers don't tell of it, and their replicas lack the key. */
    @Test
    void aStringThatWasMadeThoughNothingCouldBeSetIsTold() {
        String command = "bitfield z overflow fail incrby u2 0 9";
        try (ServerProcess server =
                        ServerProcess.start(ServerKind.LOCKSTEP, "repl-diskless-sync-delay 0");
                ReplicationStream stream = new ReplicationStream(server)) {
            stream.execute(CommandLine.split(command));
            assertEquals(":1", server.call("EXISTS", "z").toString());
            assertEquals(List.of("SELECT 0", command), stream.changes());
            stream.execute(CommandLine.split(command));
            assertEquals(List.of(), stream.changes());
        }
    }

    private static String changes(ServerKind kind, List<String> commands) {
        StringBuilder all = new StringBuilder();
        try (ServerProcess server =
                        ServerProcess.start(
                                kind,
                                "save \"\"",
                                "repl-diskless-sync-delay 0",
                                "enable-debug-command yes");
                ReplicationStream stream = new ReplicationStream(server)) {
            stream.execute(CommandLine.split("DEBUG SET-ACTIVE-EXPIRE 0"));
            for (String command : commands) {
                for (String part : command.split(" \\| ")) {
                    stream.execute(CommandLine.split(part));
                }
                all.append(command).append('\n');
                stream.changes().forEach(change -> all.append("    ").append(change).append('\n'));
            }
        }
        return all.toString();
    }

    private static List<String> lines(String file) throws IOException {
        try (InputStream in = PropagationTest.class.getResourceAsStream("/propagation/" + file)) {
            List<String> lines = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (!line.isBlank() && !line.startsWith("//")) {
                    lines.add(line);
                }
            }
            return lines;
        }
    }
}
