package dev.lockstep.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.EveryType;
import dev.lockstep.testing.Ports;
import dev.lockstep.testing.Program;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TlsFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replication and MIGRATE over TLS, among Lockstep servers and with a stock one on either side. */
class TlsReplicationTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static TlsFiles files;
    private static TlsFiles others;

    @BeforeAll
    static void makeCertificates() {
        files = new TlsFiles("one", "other");
        others = new TlsFiles("one");
    }

    @AfterAll
    static void removeCertificates() {
        files.close();
        others.close();
    }

    private static ServerProcess.Builder server(ServerKind kind, int tlsPort, String name) {
        return ServerProcess.builder(kind)
                .conf(files.conf(tlsPort, name))
                .conf("tls-replication yes", "repl-diskless-sync-delay 0");
    }

    @ParameterizedTest
    @CsvSource({
        "STOCK,LOCKSTEP,yes,swapdb",
        "STOCK,LOCKSTEP,no,disabled",
        "LOCKSTEP,STOCK,yes,swapdb",
        "LOCKSTEP,STOCK,no,disabled",
        "LOCKSTEP,LOCKSTEP,yes,swapdb",
        "LOCKSTEP,LOCKSTEP,no,disabled",
    })
    void replicasFollow(ServerKind above, ServerKind below, String diskless, String load) {
        int masterPort = Ports.free();
        int replicaPort = Ports.free();
        String sync = "repl-diskless-sync " + diskless;
        try (ServerProcess master = server(above, masterPort, "one").conf(sync).start();
                ServerProcess replica =
                        server(below, replicaPort, "other")
                                .conf("repl-diskless-load " + load)
                                .start()) {
            EveryType.fill(master, 7);
            master.fill(20_000, "filler", 500);
            replica.call("REPLICAOF", "127.0.0.1", "" + masterPort);
            Replicas.awaitSameData(master, replica);
            Map<String, String> info = master.info("replication");
            assertTrue(info.get("slave0").contains("port=" + replicaPort), info.get("slave0"));
            master.fill(5_000, "later", 100);
            Replicas.awaitSameData(master, replica);

            try (RespClient client = master.connect()) {
                client.ok("CLIENT", "KILL", "TYPE", "replica");
            }
            master.fill(1_000, "after the cut", 100);
            Replicas.awaitSameData(master, replica);
            assertEquals(1, Replicas.stat(master, "sync_full"), replica::logTail);
            assertEquals(1, Replicas.stat(master, "sync_partial_ok"), replica::logTail);
        }
    }

    @Test
    void theStatusScriptAsksEncryptedNodes() {
        int masterPort = Ports.free();
        int replicaPort = Ports.free();
        try (ServerProcess master = server(ServerKind.LOCKSTEP, masterPort, "one").start();
                ServerProcess replica = server(ServerKind.LOCKSTEP, replicaPort, "other").start()) {
            replica.call("REPLICAOF", "127.0.0.1", "" + masterPort);
            Replicas.awaitLink(replica);
            Program status =
                    Program.run(
                                    LIMIT,
                                    Path.of(System.getProperty("lockstep.basedir")),
                                    List.of(
                                            "scripts/replication-status",
                                            "--tls",
                                            "--cacert",
                                            files.path("ca.crt").toString(),
                                            "--cert",
                                            files.path("one.crt").toString(),
                                            "--key",
                                            files.path("one.key").toString(),
                                            "127.0.0.1:" + replicaPort))
                            .expectExit(0);
            assertTrue(status.output().contains(":" + masterPort + "  master"), status.output());
            assertTrue(
                    status.output().contains(":" + replicaPort + "  replica  link up"),
                    status.output());
        }
    }

    @Test
    void aReplicaDoesNotTrustAForeignMaster() {
        int masterPort = Ports.free();
        try (ServerProcess master =
                        ServerProcess.builder(ServerKind.LOCKSTEP)
                                .conf(others.conf(masterPort, "one"))
                                .conf("tls-auth-clients no")
                                .start();
                ServerProcess replica =
                        server(ServerKind.LOCKSTEP, Ports.free(), "other")
                                .conf("replicaof 127.0.0.1 " + masterPort)
                                .start()) {
            Await.until(
                    "the replica says why",
                    LIMIT,
                    () -> replica.log().contains("Error condition on socket for SYNC: PKIX"),
                    replica::logTail);
            assertEquals("down", replica.info("replication").get("master_link_status"));
            assertEquals("0", master.info("replication").get("connected_slaves"));

            // Once it does, it gets through.
            replica.call("CONFIG", "SET", "tls-ca-cert-file", others.path("ca.crt").toString());
            Replicas.awaitLink(replica);
        }
    }

    /** A port for plain text doesn't even answer: it waits for the end of the line. */
    @Test
    void aReplicaThatComesToThePlainPortGivesUpAndTriesAgain() {
        try (ServerProcess master = server(ServerKind.LOCKSTEP, Ports.free(), "one").start();
                ServerProcess replica =
                        server(ServerKind.LOCKSTEP, Ports.free(), "other")
                                .conf("repl-timeout 2", "replicaof 127.0.0.1 " + master.port())
                                .start()) {
            Await.until(
                    "the replica says why",
                    LIMIT,
                    () -> replica.log().contains("Timeout connecting to the MASTER..."),
                    replica::logTail);
            replica.call("CONFIG", "SET", "tls-replication", "no");
            Replicas.awaitLink(replica);
        }
    }

    @ParameterizedTest
    @CsvSource({"LOCKSTEP,STOCK", "STOCK,LOCKSTEP", "LOCKSTEP,LOCKSTEP"})
    void migrateIsEncryptedAmongNodesOfACluster(ServerKind from, ServerKind to) {
        int port = Ports.free();
        try (ServerProcess source =
                        server(from, Ports.free(), "one").conf("tls-cluster yes").start();
                ServerProcess target = server(to, port, "other").start()) {
            EveryType.fill(source, 3);
            source.call("SET", "big", "x".repeat(5 << 20));
            for (int i = 0; i < 2; i++) { // the second time over the connection of the first
                String before;
                try (RespClient client = source.connect()) {
                    List<String> command =
                            new ArrayList<>(
                                    List.of(
                                            "MIGRATE",
                                            "127.0.0.1",
                                            "" + port,
                                            "",
                                            "0",
                                            "20000",
                                            "COPY",
                                            "REPLACE",
                                            "KEYS"));
                    client.ok("KEYS", "*").items().forEach(key -> command.add(key.text()));
                    assertEquals("+OK", client.call(command.toArray(new String[0])).toString());
                    before = client.ok("DBSIZE").toString();
                }
                assertEquals(before, target.call("DBSIZE").toString());
            }
            assertEquals(5 << 20, target.call("STRLEN", "big").integer());
            String toPlainPort =
                    source.call("MIGRATE", "127.0.0.1", "" + target.port(), "big", "0", "2000")
                            .toString();
            assertTrue(toPlainPort.startsWith("-IOERR error or timeout connecting"), toPlainPort);
        }
    }
}
