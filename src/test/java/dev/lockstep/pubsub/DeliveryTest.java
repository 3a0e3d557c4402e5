package dev.lockstep.pubsub;

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
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages reach every subscriber, whole, in order and in their place between replies, whoever else doesn't read. */
class DeliveryTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int SUBSCRIBERS = 100;
    private static final int MESSAGES = 2000;

    @ParameterizedTest
    @ValueSource(strings = {"1", "3"})
    void everySubscriberGetsEveryMessageInOrder(String ioThreads) {
        try (ServerProcess server =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP, "io-threads " + ioThreads, "maxclients 500");
                RespClient publisher = server.connect()) {
            List<RespClient> subscribers = new ArrayList<>();
            for (int i = 0; i < SUBSCRIBERS; i++) {
                RespClient subscriber = server.connect();
                if (i % 2 == 0) {
                    subscriber.ok("HELLO", "3");
                }
                subscriber.ok("SUBSCRIBE", "ch");
                subscribers.add(subscriber);
            }
            List<List<byte[]>> batch = new ArrayList<>();
            for (int i = 0; i < MESSAGES; i++) {
                batch.add(RespClient.latin1("PUBLISH", "ch", payload(i)));
            }
            for (int from = 0; from < MESSAGES; from += 100) {
                for (Reply reply : publisher.pipeline(batch.subList(from, from + 100))) {
                    assertEquals(SUBSCRIBERS, reply.integer());
                }
                for (RespClient subscriber : subscribers) {
                    for (int i = from; i < from + 100; i++) {
                        assertEquals(payload(i), subscriber.read().items().get(2).text());
                    }
                }
            }
            subscribers.forEach(RespClient::close);
        }
    }

    /** Sizes around those at which messages are put together, or shared. */
    private static String payload(int i) {
        int bytes = i % 50 == 0 ? 100_000 : i % 7 == 0 ? 4090 + i % 13 : i % 60;
        return i + ":" + "x".repeat(bytes);
    }

    @Test
    void messagesToOneselfFollowTheReplyWhateverTheirSize() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect()) {
            client.ok("HELLO", "3");
            client.ok("SUBSCRIBE", "ch");
            for (int bytes : new int[] {0, 10, 5000, 20_000, 70_000, 3_000_000}) {
                String payload = "x".repeat(bytes);
                assertEquals(1, client.call("PUBLISH", "ch", payload).integer());
                assertEquals(payload, client.read().items().get(2).text());
                client.ok("MULTI");
                client.ok("PUBLISH", "ch", payload);
                client.ok("PING");
                assertEquals("[:1, +PONG]", client.call("EXEC").toString());
                assertEquals(payload, client.read().items().get(2).text());
            }
        }
    }

    @Test
    void aReplyInPiecesIsNotInterrupted() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient publisher = server.connect();
                RespClient client = server.connect()) {
            server.fill(200_000, "key:", 10);
            client.ok("HELLO", "3");
            client.ok("SUBSCRIBE", "ch");
            int published = 0;
            for (int round = 0; round < 5; round++) {
                client.send("KEYS", "*");
                for (int i = 0; i < 200; i++) {
                    publisher.ok("PUBLISH", "ch", Integer.toString(published++));
                }
                client.send("PING");
                int heard = published - 200;
                boolean keys = false;
                for (Reply next = client.read(); !next.toString().equals("+PONG"); ) {
                    if (next.toString().startsWith(">")) {
                        assertEquals(Integer.toString(heard++), next.items().get(2).text());
                    } else {
                        assertFalse(keys);
                        assertEquals(200_000, next.items().size());
                        keys = true;
                    }
                    next = client.read();
                }
                assertTrue(keys);
                assertEquals(published, heard);
            }
        }
    }

    @Test
    void whoDoesNotReadIsClosedAtItsLimitAndCostsNoMore() {
        try (ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP)
                                .heap("200m")
                                .jvmOptions("-XX:MaxDirectMemorySize=100m")
                                .conf("client-output-buffer-limit pubsub 8mb 0 0")
                                .start();
                RespClient publisher = server.connect();
                RespClient reader = server.connect()) {
            reader.ok("SUBSCRIBE", "ch");
            String payload = "x".repeat(10_000);
            for (int round = 0; round < 5; round++) {
                RespClient slow = server.connect();
                slow.ok("SUBSCRIBE", "ch");
                long receivers = 2;
                while (receivers == 2) {
                    receivers = publisher.ok("PUBLISH", "ch", payload).integer();
                    assertEquals(payload, reader.read().items().get(2).text());
                    assertTrue(waitingBytes(publisher) < 9 << 20);
                }
                assertTrue(slow.closedWithin(LIMIT));
                slow.close();
            }
            assertEquals("+PONG", publisher.call("PING").toString());
            assertEquals(
                    5,
                    server.log()
                            .lines()
                            .filter(l -> l.contains("for overcoming of output buffer limits"))
                            .count());
        }
    }

    private static long waitingBytes(RespClient client) {
        String lines = client.ok("CLIENT", "LIST", "TYPE", "pubsub").text();
        long most = 0;
        for (String line : lines.split("\n")) {
            most = Math.max(most, Long.parseLong(line.replaceAll(".* omem=(\\d+) .*", "$1")));
        }
        return most;
    }

    @Test
    void whatManySlowSubscribersWaitForIsInMemoryOnce() {
        try (ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP)
                                .heap("200m")
                                .jvmOptions("-XX:MaxDirectMemorySize=150m")
                                .conf("client-output-buffer-limit pubsub 0 0 0", "maxclients 500")
                                .start();
                RespClient publisher = server.connect()) {
            List<RespClient> subscribers = new ArrayList<>();
            for (int i = 0; i < SUBSCRIBERS; i++) {
                RespClient subscriber = server.connect();
                subscriber.ok("SUBSCRIBE", "ch");
                subscribers.add(subscriber);
            }
            String payload = "x".repeat(10_000_000);
            for (int i = 0; i < 4; i++) {
                assertEquals(SUBSCRIBERS, publisher.ok("PUBLISH", "ch", payload).integer());
            }
            assertTrue(waitingBytes(publisher) > 20_000_000);
            for (RespClient subscriber : subscribers) {
                for (int i = 0; i < 4; i++) {
                    assertEquals(payload, subscriber.read().items().get(2).text());
                }
                subscriber.close();
            }
            Await.until(
                    "nobody is subscribed",
                    LIMIT,
                    () -> publisher.info("stats").get("pubsub_channels").equals("0"));
            assertEquals("0", publisher.info("stats").get("pubsub_channels"));
        }
    }

    @Test
    void subscriptionsTakeNoMoreThanTheirShareOfTheHeap() {
        try (ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP).heap("200m").start();
                RespClient client = server.connect()) {
            client.ok("HELLO", "3");
            String[] command = new String[1001];
            command[0] = "SUBSCRIBE";
            int subscribed = 0;
            Reply reply;
            do {
                for (int i = 1; i < command.length; i++) {
                    command[i] = "channel:" + subscribed + ":" + i;
                }
                reply = client.call(command);
                for (int i = 2; i < command.length && !reply.isError(); i++) {
                    reply = client.read();
                }
                subscribed += reply.isError() ? 0 : 1000;
            } while (!reply.isError() && subscribed < 1_000_000);
            assertEquals(
                    "-OOM command not allowed when used memory > 'maxmemory'.", reply.toString());
            assertTrue(subscribed > 10_000, "" + subscribed);
            assertEquals(Integer.toString(subscribed), client.info("stats").get("pubsub_channels"));
            client.send("UNSUBSCRIBE");
            for (int i = 0; i < subscribed; i++) {
                client.read();
            }
            assertEquals(1, client.call("SUBSCRIBE", "again").items().get(2).integer());
        }
    }
}
