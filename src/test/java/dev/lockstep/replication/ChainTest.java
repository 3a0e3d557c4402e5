package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A replica that has replicas of its own. */
class ChainTest {
    private static ServerProcess lockstep(String... lines) {
        return ServerProcess.start(ServerKind.LOCKSTEP, lines);
    }

    /** What follows a replica follows a history: another one must not go on where it ended. */
    @ParameterizedTest
    @ValueSource(strings = {"swapdb", "disabled", "on-empty-db"})
    void aReplicaThatTurnsToAnotherHistoryTakesItsReplicasAlong(String load) {
        try (ServerProcess first = lockstep("repl-diskless-sync-delay 0");
                ServerProcess second = lockstep("repl-diskless-sync-delay 0");
                ServerProcess middle =
                        lockstep(
                                "repl-diskless-load " + load,
                                "repl-diskless-sync-delay 0",
                                "repl-timeout 3600");
                ServerProcess last = lockstep("repl-timeout 3600")) {
            first.fill(100, "first", 10);
            second.fill(100, "second", 10);
            middle.call("REPLICAOF", "127.0.0.1", "" + first.port());
            last.call("REPLICAOF", "127.0.0.1", "" + middle.port());
            Replicas.awaitSameData(first, last);

            middle.call("REPLICAOF", "127.0.0.1", "" + second.port());
            Replicas.awaitSameData(second, middle);
            Replicas.awaitSameData(second, last);
            second.call("SET", "after", "1");
            Replicas.awaitSameData(second, last);
            assertEquals(2, Replicas.stat(middle, "sync_full"));
        }
    }
}
