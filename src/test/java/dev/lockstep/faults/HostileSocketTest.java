package dev.lockstep.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nothing that arrives on a socket, or doesn't leave it, ends the server, fills its heap or leaks a descriptor. */
class HostileSocketTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int CONNECTIONS = Integer.getInteger("lockstep.connections", 3_000);
    private static final String ODD = "\r\n*$0123456789-\0\u00ffa";
    private ServerProcess server;
    private int filesAtStart;

    @BeforeEach
    void startWithASmallHeap() {
        server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .heap("160m")
                        .conf(
                                "client-output-buffer-limit normal 16mb 0 0",
                                "client-query-buffer-limit 32mb")
                        .start();
        try (RespClient client = server.connect()) {
            client.ok("SET", "canary", "sings");
        }
        server.awaitClients(1);
        filesAtStart = server.openFiles();
    }

    @AfterEach
    void stillHealthy() {
        try {
            server.awaitClients(1);
            try (RespClient client = server.connect()) {
                assertEquals("sings", client.ok("GET", "canary").text());
            }
            server.awaitOpenFiles(filesAtStart);
            assertFalse(server.log().contains("OutOfMemoryError"), server::logTail);
            assertFalse(server.log().contains("\tat "), server::logTail);
        } finally {
            server.close();
        }
    }

    @Test
    void garbageIsAnsweredOrRefused() {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            byte[] garbage = new byte[1 + random.nextInt(5_000)];
            random.nextBytes(garbage);
            if (i % 3 == 0) {
                garbage[0] = '*';
            }
            sendAndForget(garbage);
        }
        assertEquals("+PONG", server.call("PING").toString(), "seed " + seed);
    }

    @Test
    void damagedRequestsAreAnsweredOrRefused() {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        Random random = new Random(seed);
        byte[] request =
                RespClient.encode(RespClient.latin1("SET", "some:key", "some value", "EX", "100"));
        for (int i = 0; i < 1_000; i++) {
            byte[] damaged = request.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] =
                        (byte) ODD.charAt(random.nextInt(ODD.length()));
            }
            sendAndForget(damaged);
        }
        assertEquals("+PONG", server.call("PING").toString(), "seed " + seed);
    }

    private void sendAndForget(byte[] bytes) {
        try (RespClient client = server.connect()) {
            client.sendRaw(bytes);
            client.sendRaw("\r\nPING\r\n");
        } catch (UncheckedIOException refused) {
            assertTrue(server.isAlive(), server::logTail);
        }
    }

    @Test
    void hugeAnnouncementsCostNothing() {
        List<RespClient> clients = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            RespClient client = server.connect();
            client.sendRaw("*1048576\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nonly a few bytes");
            clients.add(client);
        }
        assertEquals("+PONG", server.call("PING").toString());
        clients.forEach(RespClient::close);
    }

    @Test
    void halfRequestsWaitAndThenGo() {
        List<RespClient> clients = new ArrayList<>();
        byte[] request = RespClient.encode(RespClient.latin1("SET", "half", "x".repeat(1_000)));
        for (int i = 0; i < 200; i++) {
            RespClient client = server.connect();
            client.sendRaw(java.util.Arrays.copyOf(request, 1 + i * 5));
            clients.add(client);
        }
        assertEquals("+PONG", server.call("PING").toString());
        for (int i = 0; i < clients.size(); i++) {
            clients.get(i)
                    .sendRaw(java.util.Arrays.copyOfRange(request, 1 + i * 5, request.length));
            assertEquals("+OK", clients.get(i).read().toString());
        }
        clients.forEach(RespClient::close);
    }

    @Test
    void oneByteAtATimeIsUnderstood() {
        try (RespClient client = server.connect()) {
            for (byte b : RespClient.encode(RespClient.latin1("ECHO", "slowly"))) {
                client.sendRaw(new byte[] {b});
            }
            assertEquals("slowly", client.read().text());
        }
    }

    @Test
    void aClientThatNeverReadsIsDropped() {
        server.call("SET", "large", "x".repeat(1_000_000));
        try (RespClient client = server.connect()) {
            try {
                for (int i = 0; i < 2_000; i++) {
                    client.send("GET", "large");
                }
            } catch (UncheckedIOException dropped) {
                assertTrue(server.isAlive(), server::logTail);
            }
            Await.until(
                    "the client is dropped",
                    LIMIT,
                    () ->
                            server.log()
                                    .contains(
                                            "scheduled to be closed ASAP for overcoming of output buffer limits"),
                    server::logTail);
            server.awaitClients(1);
        }
        server.call("DEL", "large");
    }

    @Test
    void aRequestBeyondTheQueryBufferLimitIsDropped() {
        try (RespClient client = server.connect()) {
            client.sendRaw("*2\r\n$4\r\nECHO\r\n$40000000\r\n");
            byte[] part = new byte[1_000_000];
            try {
                for (int i = 0; i < 40; i++) {
                    client.sendRaw(part);
                }
            } catch (UncheckedIOException dropped) {
                assertTrue(server.isAlive(), server::logTail);
            }
            assertTrue(client.closedWithin(LIMIT), server::logTail);
        }
    }

    @Test
    void aLongPipelineIsAnsweredInOrder() {
        int commands = 200_000;
        StringBuilder pipeline = new StringBuilder();
        for (int i = 0; i < commands; i++) {
            pipeline.append("*2\r\n$4\r\nECHO\r\n$6\r\n")
                    .append(String.format("%06d", i))
                    .append("\r\n");
        }
        try (RespClient client = server.connect()) {
            Thread sender = new Thread(() -> client.sendRaw(pipeline.toString()));
            sender.start();
            for (int i = 0; i < commands; i++) {
                assertEquals(String.format("%06d", i), client.read().text());
            }
        }
    }

    /** Some go away in the middle, others go on: the arrays that pieces are kept in are shared one after the other. */
    @Test
    void piecesOfManyLongRequestsDontMix() {
        Random random = new Random(7);
        List<RespClient> clients = new ArrayList<>();
        List<byte[]> requests = new ArrayList<>();
        List<Integer> sent = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            clients.add(server.connect());
            requests.add(longRequests(i, random));
            sent.add(0);
        }
        for (int open = clients.size(); open > 0; ) {
            int i = random.nextInt(clients.size());
            byte[] request = requests.get(i);
            int from = sent.get(i);
            if (from == request.length) {
                continue;
            }
            if (i % 6 == 5 && from > request.length / 2) {
                clients.get(i).close();
                sent.set(i, request.length);
                open--;
                continue;
            }
            int to = Math.min(request.length, from + 1 + random.nextInt(90_000));
            clients.get(i).sendRaw(java.util.Arrays.copyOfRange(request, from, to));
            sent.set(i, to);
            open -= to == request.length ? 1 : 0;
        }
        for (int i = 0; i < clients.size(); i++) {
            if (i % 6 != 5) {
                for (int round = 0; round < 3; round++) {
                    assertEquals("+OK", clients.get(i).read().toString());
                    String value = clients.get(i).read().text();
                    assertEquals(
                            Character.toString('a' + i).repeat(value.length()), value, "of " + i);
                }
                clients.get(i).close();
            }
        }
        server.call("FLUSHALL");
        server.call("SET", "canary", "sings");
    }

    /** Three times SET and GET of a key of its own, with a value of one letter. */
    private static byte[] longRequests(int number, Random random) {
        StringBuilder text = new StringBuilder();
        String letter = Character.toString('a' + number);
        for (int round = 0; round < 3; round++) {
            int length = 20_000 + random.nextInt(600_000);
            text.append("*3\r\n$3\r\nSET\r\n$1\r\n").append(letter).append("\r\n$");
            text.append(length).append("\r\n").append(letter.repeat(length)).append("\r\n");
            text.append("*2\r\n$3\r\nGET\r\n$1\r\n").append(letter).append("\r\n");
        }
        return text.toString().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    @Test
    void thousandsComeAndGo() {
        for (int i = 0; i < CONNECTIONS; i++) {
            try (RespClient client = server.connect()) {
                switch (i % 4) {
                    case 0 -> assertEquals("+PONG", client.call("PING").toString());
                    case 1 -> client.send("GET", "canary");
                    case 2 -> client.sendRaw("*2\r\n$3\r\nGE");
                    default -> assertTrue(server.isAlive());
                }
            }
        }
        List<RespClient> crowd = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            crowd.add(server.connect());
        }
        crowd.forEach(client -> client.send("INCR", "crowd"));
        long largest =
                crowd.stream().map(RespClient::read).mapToLong(Reply::integer).max().orElse(0);
        assertEquals(500, largest);
        crowd.forEach(RespClient::close);
        server.call("DEL", "crowd");
    }

    @Test
    void writersBeyondTheMemoryLimitGetAnErrorAndNotAnEnd() {
        server.call("CONFIG", "SET", "maxmemory", "30mb");
        try (RespClient client = server.connect()) {
            String value = "x".repeat(100_000);
            Reply reply = new Reply.Simple("OK");
            for (int i = 0; i < 1_000 && !reply.isError(); i++) {
                reply = client.call("SET", "fill:" + i, value);
            }
            assertEquals(
                    "-OOM command not allowed when used memory > 'maxmemory'.", reply.toString());
            assertEquals("sings", client.ok("GET", "canary").text());
            assertEquals(1, client.ok("DEL", "fill:0").integer());
        }
    }
}
