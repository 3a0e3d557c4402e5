package dev.lockstep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** {@code maxmemory-clients} closes the clients with the largest buffers, and no others. */
class ClientEvictionTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String UNFINISHED =
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$8000000\r\n" + "v".repeat(6_000_000);

    @Test
    void theLargestIsClosed() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "save \"\"");
                RespClient small = server.connect();
                RespClient large = server.connect();
                RespClient spared = server.connect()) {
            assertEquals("OK", spared.call("CLIENT", "NO-EVICT", "ON").text());
            spared.sendRaw(UNFINISHED);
            large.sendRaw(UNFINISHED);
            Await.until(
                    "both requests have arrived in part",
                    LIMIT,
                    () -> small.call("CLIENT", "LIST").text().split("qbuf=6000").length == 3);
            small.call("CONFIG", "SET", "maxmemory-clients", "4mb");
            assertTrue(large.closedWithin(LIMIT));
            assertEquals("1", small.info("stats").get("evicted_clients"));
            assertTrue(server.log().contains("Evicting client: id="));
            assertFalse(spared.closedWithin(Duration.ofMillis(300)));
            assertEquals("PONG", small.call("PING").text());
        }
    }
}
