package dev.lockstep.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A replica hides its master's keys that have expired and removes only those that its own clients made. */
class ReplicaExpiryTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @Test
    void removesWhatItsOwnClientsMade() {
        try (ServerProcess master = ServerProcess.start(ServerKind.LOCKSTEP, "save \"\"");
                ServerProcess replica =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP,
                                "save \"\"",
                                "replica-read-only no",
                                "replicaof 127.0.0.1 " + master.port());
                RespClient onMaster = master.connect();
                RespClient onReplica = replica.connect()) {
            onMaster.ok("SET", "theirs", "v", "PX", "100000");
            Replicas.awaitLink(replica);
            Await.until(
                    "the key arrives",
                    LIMIT,
                    () -> onReplica.call("EXISTS", "theirs").integer() == 1);

            onReplica.ok("SET", "lasting", "v", "EX", "1000");
            onReplica.ok("SET", "brief", "v", "PX", "50");
            onReplica.pipeline(
                    List.of(
                            RespClient.latin1("SET", "changed", "v", "PX", "50"),
                            RespClient.latin1("PERSIST", "changed")));
            Await.until("it is removed", LIMIT, () -> Replicas.stat(replica, "expired_keys") == 1);
            assertEquals(3, onReplica.call("DBSIZE").integer());
        }
    }

    @Test
    void leavesToItsMasterWhatThatMade() {
        try (ServerProcess master =
                        ServerProcess.start(
                                ServerKind.STOCK, "save \"\"", "enable-debug-command yes");
                ServerProcess replica =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP,
                                "save \"\"",
                                "replicaof 127.0.0.1 " + master.port());
                RespClient onMaster = master.connect();
                RespClient onReplica = replica.connect()) {
            Replicas.awaitLink(replica);
            onMaster.ok("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            onMaster.ok("SET", "key", "v", "PX", "50");
            Await.until("it arrives", LIMIT, () -> onReplica.call("DBSIZE").integer() == 1);
            Await.until("it is hidden", LIMIT, () -> onReplica.call("GET", "key").isNil());
            assertEquals(0, onReplica.call("KEYS", "*").items().size());
            assertEquals(0, onReplica.call("SCAN", "0").items().get(1).items().size());
            assertEquals(0, onReplica.call("EXISTS", "key").integer());
            assertEquals(-2, onReplica.call("TTL", "key").integer());
            assertEquals(1, onReplica.call("DBSIZE").integer());
            assertTrue(onMaster.call("GET", "key").isNil());
            Await.until("DEL arrives", LIMIT, () -> onReplica.call("DBSIZE").integer() == 0);
            assertEquals(0, Replicas.stat(replica, "expired_keys"));
        }
    }
}
