package dev.lockstep.peers;

import static dev.lockstep.testing.ServerKind.LOCKSTEP;
import static dev.lockstep.testing.ServerKind.STOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A replica comes in as a user of its master's, who may do no more than replicate; what it then applies nobody restricts. */
@Execution(ExecutionMode.CONCURRENT)
class StockUsersTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    static Stream<Arguments> pairs() {
        return Stream.of(
                Arguments.of(STOCK, LOCKSTEP),
                Arguments.of(LOCKSTEP, STOCK),
                Arguments.of(LOCKSTEP, LOCKSTEP));
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void aReplicaComesInAsAUser(ServerKind masterKind, ServerKind replicaKind) {
        try (ServerProcess master =
                        ServerProcess.builder(masterKind)
                                .password("secret")
                                .conf("user replica on >pw +psync +replconf +ping")
                                .conf("user default on >secret ~* &* +@all")
                                .conf("repl-diskless-sync-delay 0")
                                .start();
                ServerProcess replica =
                        ServerProcess.builder(replicaKind)
                                .conf("replicaof 127.0.0.1 " + master.port())
                                .conf("masteruser replica", "masterauth pw")
                                .conf("user other on nopass +get ~a")
                                .start();
                RespClient onMaster = master.connect();
                RespClient onReplica = replica.connect()) {
            Replicas.awaitLink(replica);
            onMaster.ok("SET", "a", "1");
            onReplica.ok("ACL", "SETUSER", "default", "-set");
            onMaster.ok("SET", "a", "2");
            Replicas.awaitSameData(master, replica);
            try (RespClient other = replica.connect()) {
                other.ok("AUTH", "other", "x");
                assertEquals("\"2\"", other.call("GET", "a").toString());
                assertTrue(other.call("SET", "a", "3").toString().startsWith("-NOPERM"));
            }
            assertEquals(new Reply.Int(1), onMaster.call("ACL", "DELUSER", "replica"));
            awaitLinkDown(replica);
            onMaster.ok("SET", "a", "4");
            onMaster.ok(
                    "ACL", "SETUSER", "replica", "on", ">other", "+psync", "+replconf", "+ping");
            onReplica.ok("CONFIG", "SET", "masterauth", "other");
            Replicas.awaitSameData(master, replica);
            assertEquals("\"4\"", onReplica.call("GET", "a").toString());
        }
    }

    private static void awaitLinkDown(ServerProcess replica) {
        Await.until(
                replica + " has lost its link",
                LIMIT,
                () -> replica.info("replication").get("master_link_status").equals("down"),
                replica::logTail);
    }
}
