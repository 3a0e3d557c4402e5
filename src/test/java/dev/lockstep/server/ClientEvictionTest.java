package dev.lockstep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.function.IntFunction;
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

    /** Not only when the server looks after its clients anyway, ten times a second. */
    @Test
    void nothingIsExecutedWhileClientsTakeTooMuch() {
        try (ServerProcess server =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP, "save \"\"", "maxmemory-clients 3mb", "hz 1");
                RespClient small = server.connect();
                RespClient large = server.connect()) {
            large.timeout(LIMIT);
            assertEquals("OK", large.call("MSET", "k", "v", "l", "v".repeat(1 << 20)).text());
            large.sendRaw(
                    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4000000\r\n" + "v".repeat(4_000_000) + "\r\n");
            assertTrue(large.closedWithin(LIMIT));
            assertEquals("v", small.call("GET", "k").text(), "it was not executed");
            assertEquals("1", small.info("stats").get("evicted_clients"));
        }
    }

    @Test
    void subscriptionsTransactionsAndWatchedKeysCount() {
        try (ServerProcess server =
                ServerProcess.start(
                        ServerKind.LOCKSTEP, "save \"\"", "maxmemory-clients 200000", "hz 1")) {
            try (RespClient subscriber = server.connect()) {
                sendUntilClosed(subscriber, i -> new String[] {"SUBSCRIBE", "channel:" + i});
            }
            try (RespClient queuing = server.connect()) {
                queuing.send("MULTI");
                sendUntilClosed(queuing, i -> new String[] {"SET", "key:" + i, "value"});
            }
            try (RespClient watching = server.connect()) {
                sendUntilClosed(watching, i -> new String[] {"WATCH", "key:" + i});
            }
            try (RespClient client = server.connect()) {
                assertEquals("3", client.info("stats").get("evicted_clients"));
                assertEquals(":0", client.call("DBSIZE").toString());
            }
        }
    }

    private static void sendUntilClosed(RespClient client, IntFunction<String[]> request) {
        try {
            for (int i = 0; i < 20_000; i++) {
                client.send(request.apply(i));
            }
        } catch (UncheckedIOException e) {
            return; // closed already
        }
        assertTrue(client.closedWithin(LIMIT));
    }
}
