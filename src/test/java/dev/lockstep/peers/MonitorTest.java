package dev.lockstep.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a client may still ask for that watches all commands. */
class MonitorTest {
    @ParameterizedTest
    @EnumSource(ServerKind.class)
    void aMonitorHasNoDataAndNoStream(ServerKind kind) {
        try (ServerProcess server = ServerProcess.start(kind);
                RespClient monitor = server.connect();
                RespClient client = server.connect()) {
            monitor.ok("MONITOR");
            assertEquals(
                    "-ERR Replica can't interact with the keyspace",
                    monitor.call("GET", "a").toString());
            monitor.send("SYNC");
            assertEquals("PONG", monitor.call("PING").text());
            assertTrue(monitor.read().text().contains("\"PING\""));
            client.ok("SET", "a", "1");
            assertTrue(monitor.read().text().contains("\"SET\" \"a\" \"1\""));
            assertEquals("0", server.info("replication").get("connected_slaves"));
        }
    }
}
