package dev.lockstep.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** KEYS on a database so big that it is read off the executor. */
class KeyspaceReadsTest {
    private static final int KEYS = 60_000;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static ServerProcess server;

    @BeforeAll
    static void start() {
        server = ServerProcess.start(ServerKind.LOCKSTEP, "save \"\"");
        server.fill(KEYS, "key", 16);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void findsEveryKeyOnce() {
        try (RespClient client = server.connect()) {
            Set<String> found = new HashSet<>();
            List<Reply> reply = client.call("KEYS", "key:*").items();
            reply.forEach(key -> found.add(key.text()));
            assertEquals(KEYS, reply.size());
            assertEquals(KEYS, found.size());
            assertEquals(1, client.call("KEYS", "key:1234").items().size());
            assertEquals(10, client.call("KEYS", "key:123?").items().size());
            assertEquals(0, client.call("KEYS", "other*").items().size());
        }
    }

    @Test
    void repliesInTheOrderOfTheRequests() {
        try (RespClient client = server.connect()) {
            List<List<byte[]>> requests = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                requests.add(RespClient.latin1("PING", "before " + i));
                requests.add(RespClient.latin1("KEYS", "key:123" + i + "?"));
                requests.add(RespClient.latin1("PING", "after " + i));
            }
            List<Reply> replies = client.pipeline(requests);
            for (int i = 0; i < 10; i++) {
                assertEquals("before " + i, replies.get(3 * i).text());
                assertEquals(10, replies.get(3 * i + 1).items().size());
                assertEquals("after " + i, replies.get(3 * i + 2).text());
            }
        }
    }

    @Test
    void hidesWhatHasExpired() {
        try (RespClient client = server.connect()) {
            client.ok("SET", "brief", "v");
            client.ok("SET", "lasting", "v");
            client.ok("PEXPIRE", "brief", "1");
            client.ok("EXPIRE", "lasting", "1000");
            Await.until(
                    "the key expires", LIMIT, () -> client.call("EXISTS", "brief").integer() == 0);
            assertEquals(1, client.call("KEYS", "[bl]*").items().size());
            assertEquals("1", client.call("DEL", "lasting").text());
        }
    }

    @Test
    void manyAtOnceAreAllAnswered() {
        List<RespClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                RespClient client = server.connect().timeout(LIMIT);
                client.send("KEYS", "key:1*");
                clients.add(client);
            }
            int expected = clients.get(0).read().items().size();
            assertTrue(expected > KEYS / 10);
            for (RespClient client : clients.subList(1, clients.size())) {
                assertEquals(expected, client.read().items().size());
            }
        } finally {
            clients.forEach(RespClient::close);
        }
    }

    @Test
    void surviveClientsThatLeave() {
        for (int i = 0; i < 20; i++) {
            RespClient client = server.connect();
            client.send("KEYS", "*");
            client.close();
        }
        try (RespClient client = server.connect()) {
            assertFalse(client.call("KEYS", "key:*").items().isEmpty());
        }
    }

    @Test
    void writesGoOnMeanwhile() {
        try (RespClient reader = server.connect().timeout(LIMIT);
                RespClient writer = server.connect()) {
            for (int round = 0; round < 20; round++) {
                reader.send("KEYS", "key:*");
                for (int i = 0; i < 50; i++) {
                    writer.ok("SET", "key:" + i, "changed " + round);
                }
                assertEquals(KEYS, reader.read().items().size());
            }
        }
    }
}
