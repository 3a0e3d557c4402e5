package dev.lockstep.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Ports;
import dev.lockstep.testing.Program;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may connect, how many, for how long, and through which socket. */
class ClientLimitsTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Until then a server at rest has begun with what was sent. Else epoll itself may tell of two sockets in another order. */
    private static final long BEGIN_NANOS = 200_000_000;

    @Test
    void oneClientTooManyIsTold() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "maxclients 20")) {
            List<RespClient> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                RespClient client = server.connect();
                assertEquals("+PONG", client.call("PING").toString());
                clients.add(client);
            }
            try (RespClient extra = new RespClient(server.port())) {
                assertEquals("-ERR max number of clients reached", extra.read().toString());
                assertTrue(extra.closedWithin(LIMIT));
            }
            assertTrue(clients.get(0).info("stats").get("rejected_connections").equals("1"));
            clients.get(0).ok("CONFIG", "SET", "maxclients", "21");
            try (RespClient extra = new RespClient(server.port())) {
                assertEquals("+PONG", extra.call("PING").toString());
            }
            clients.forEach(RespClient::close);
        }
    }

    /** As in a shell: echo PING | socat - TCP:localhost:6379. */
    @Test
    void whoEndsWhatHeSendsIsStillAnswered() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "appendonly yes")) {
            for (int i = 1; i <= 50; i++) {
                try (SocketChannel socket =
                        SocketChannel.open(new InetSocketAddress("127.0.0.1", server.port()))) {
                    socket.write(ByteBuffer.wrap("INCR n\r\n".getBytes(StandardCharsets.US_ASCII)));
                    socket.shutdownOutput();
                    ByteBuffer reply = ByteBuffer.allocate(100);
                    while (socket.read(reply) >= 0) {}
                    assertEquals(
                            ":" + i + "\r\n",
                            new String(
                                    reply.array(), 0, reply.position(), StandardCharsets.US_ASCII));
                }
            }
            Await.until(
                    "they are gone",
                    LIMIT,
                    () -> server.info("clients").get("connected_clients").equals("1"));
        }
    }

    /** However busy the server was: what has happened on the sockets meanwhile, it sees in that order. */
    @ParameterizedTest
    @EnumSource(ServerKind.class)
    void whoHasGoneIsGoneForRequestsThatCameLater(ServerKind kind) {
        try (ServerProcess server = ServerProcess.start(kind);
                RespClient busy = server.connect();
                RespClient other = server.connect()) {
            for (int i = 0; i < 5; i++) {
                try (RespClient waiting = server.connect();
                        RespClient subscriber = server.connect()) {
                    subscriber.call("SUBSCRIBE", "c");
                    waiting.send("BLPOP", "l", "0");
                    Await.until(
                            "it waits",
                            LIMIT,
                            () -> other.info("clients").get("blocked_clients").equals("1"));
                    busy.send("DEBUG", "SLEEP", "0.8");
                    LockSupport.parkNanos(BEGIN_NANOS);
                }
                LockSupport.parkNanos(BEGIN_NANOS);
                List<Reply> replies =
                        other.pipeline(
                                List.of(
                                        RespClient.latin1("RPUSH", "l", "x"),
                                        RespClient.latin1("LLEN", "l"),
                                        RespClient.latin1("DEL", "l"),
                                        RespClient.latin1("PUBLISH", "c", "m")));
                assertEquals("[:1, :1, :1, :0]", replies.toString());
                busy.read();
            }
        }
    }

    @Test
    void whoHasGoneMakesRoomForWhoComesNext() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "maxclients 2");
                RespClient busy = server.connect()) {
            for (int i = 0; i < 20; i++) {
                try (RespClient client = server.connect()) {
                    assertEquals("+PONG", client.call("PING").toString());
                    busy.send("DEBUG", "SLEEP", "0.02");
                }
                busy.read();
            }
        }
    }

    @Test
    void whoListensIsNotIdle() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient subscriber = server.connect();
                RespClient monitor = server.connect();
                RespClient idle = server.connect()) {
            subscriber.call("SUBSCRIBE", "x");
            monitor.ok("MONITOR");
            idle.ok("CONFIG", "SET", "timeout", "1");
            assertTrue(idle.closedWithin(LIMIT));
            assertEquals(":1", server.call("PUBLISH", "x", "m").toString());
            assertTrue(monitor.read().toString().contains("PUBLISH"));
        }
    }

    /** Many libraries send a pipeline to its end before they read the first reply, however many there will be. */
    @Test
    void aPipelineIsTakenThoughNobodyReadsItsRepliesYet() {
        String key = "k".repeat(400);
        String value = "v".repeat(1000);
        int requests = 80_000;
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect()) {
            client.ok("SET", key, value);
            byte[] get = RespClient.encode(RespClient.latin1("GET", key));
            ByteBuffer pipeline = ByteBuffer.allocate(get.length * requests);
            while (pipeline.hasRemaining()) {
                pipeline.put(get);
            }
            Thread writer = new Thread(() -> client.sendRaw(pipeline.array()));
            writer.setDaemon(true);
            writer.start();
            Await.until("all is written", LIMIT, () -> !writer.isAlive(), server::logTail);
            for (int i = 0; i < requests; i++) {
                assertEquals(value, client.read().text());
            }
            assertEquals("+PONG", client.call("PING").toString());
        }
    }

    /** Many who come while the server is busy are let in together, not one between two pieces of the others' work. */
    @Test
    void manyWhoComeAtOnceAreLetInAtOnce() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient busy = server.connect()) {
            int newcomers = 60;
            busy.send("DEBUG", "SLEEP", "0.2");
            List<RespClient> clients = new ArrayList<>();
            for (int i = 0; i < newcomers; i++) {
                RespClient client = new RespClient(server.port());
                client.send("PING");
                clients.add(client);
            }
            int turns = 0;
            while (!clients.stream().allMatch(RespClient::hasInput)) {
                assertEquals("+OK", busy.read().toString());
                busy.send("DEBUG", "SLEEP", "0.02");
                turns++;
                assertTrue(turns < newcomers / 3, "not all are let in after " + turns + " turns");
            }
            clients.forEach(client -> assertEquals("+PONG", client.read().toString()));
            clients.forEach(RespClient::close);
        }
    }

    /** A reply without end isn't worked on for somebody who is gone; and it begins though a change has to reach the disk first. */
    @ParameterizedTest
    @ValueSource(strings = {"no", "yes"})
    void aReplyWithoutEndEndsWithItsClient(String appendOnly) {
        try (ServerProcess server =
                        ServerProcess.start(ServerKind.LOCKSTEP, "appendonly " + appendOnly);
                RespClient other = server.connect()) {
            server.call("SADD", "s", "a", "b");
            server.call("HSET", "h", "f", "v");
            server.call("ZADD", "z", "1", "m");
            for (String command :
                    List.of(
                            "SRANDMEMBER s -9223372036854775807",
                            "HRANDFIELD h -1000000000",
                            "ZRANDMEMBER z -1000000000")) {
                try (RespClient gone = server.connect()) {
                    gone.sendRaw("SET x 1\r\n" + command + "\r\n");
                    for (int i = 0; i < 100; i++) {
                        gone.readByte();
                    }
                }
                assertEquals("+PONG", other.call("PING").toString(), command);
            }
        }
    }

    @Test
    void idleClientsAreClosed() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient idle = server.connect()) {
            assertEquals("+OK", idle.call("CONFIG", "SET", "timeout", "1").toString());
            assertTrue(idle.closedWithin(LIMIT), server::logTail);
        }
    }

    @Test
    void aPasswordIsAskedFor() {
        try (ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP).password("s3cret#").start();
                RespClient stranger = new RespClient(server.port())) {
            assertEquals("-NOAUTH Authentication required.", stranger.call("GET", "a").toString());
            assertEquals(
                    "-WRONGPASS invalid username-password pair or user is disabled.",
                    stranger.call("AUTH", "wrong").toString());
            assertEquals("+OK", stranger.call("AUTH", "s3cret#").toString());
            assertEquals("nil", stranger.call("GET", "a").toString());
            String output =
                    Program.run(
                                    LIMIT,
                                    ServerKind.program("redis-cli"),
                                    "-p",
                                    "" + server.port(),
                                    "-a",
                                    "s3cret#",
                                    "--no-auth-warning",
                                    "PING")
                            .output();
            assertEquals("PONG", output.strip());
        }
    }

    @Test
    void aReplicaAuthenticatesWithMasterauth() {
        try (ServerProcess master =
                        ServerProcess.builder(ServerKind.LOCKSTEP).password("pw").start();
                ServerProcess replica =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP, "replicaof 127.0.0.1 " + master.port())) {
            Await.until(
                    "the master refuses the replica",
                    LIMIT,
                    () -> replica.log().contains("NOAUTH"),
                    replica::logTail);
            replica.call("CONFIG", "SET", "masterauth", "pw");
            Await.until(
                    "the link is up",
                    LIMIT,
                    () -> replica.info("replication").get("master_link_status").equals("up"),
                    replica::logTail);
            assertEquals("up", replica.info("replication").get("master_link_status"));
        }
    }

    @Test
    void protectedModeTellsStrangersWhatToDo() throws IOException {
        Optional<String> outside = outsideAddress();
        assumeTrue(outside.isPresent(), "this machine has no address but loopback");
        try (ServerProcess server =
                ServerProcess.start(ServerKind.LOCKSTEP, "bind * -::*", "protected-mode yes")) {
            try (RespClient stranger = new RespClient(outside.get(), server.port())) {
                Reply refusal = stranger.read();
                assertTrue(
                        refusal.toString()
                                .startsWith(
                                        "-DENIED Redis is running in protected mode because protected mode is enabled"
                                                + " and no password is set for the default user."),
                        refusal.toString());
                assertTrue(stranger.closedWithin(LIMIT));
            }
            assertEquals("+PONG", server.call("PING").toString());
            server.call("CONFIG", "SET", "protected-mode", "no");
            try (RespClient stranger = new RespClient(outside.get(), server.port())) {
                assertEquals("+PONG", stranger.call("PING").toString());
            }
        }
    }

    private static Optional<String> outsideAddress() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress())
                .map(InetAddress::getHostAddress)
                .findFirst();
    }

    @Test
    void aUnixSocketServes() throws IOException {
        ServerProcess.Builder builder = ServerProcess.builder(ServerKind.LOCKSTEP);
        Path socket = builder.directory().resolve("s.sock");
        try (ServerProcess server =
                        builder.conf("unixsocket " + socket, "unixsocketperm 700").start();
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap("CLIENT INFO\r\n".getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer reply = ByteBuffer.allocate(1_000);
            while (!text(reply).endsWith("\r\n") || text(reply).length() < 10) {
                assertTrue(channel.read(reply) > 0);
            }
            assertTrue(text(reply).contains("addr=" + socket + ":0 "), text(reply));
            assertTrue(text(reply).contains("flags=U "), text(reply));
            assertEquals(
                    "PONG",
                    Program.run(
                                    LIMIT,
                                    ServerKind.program("redis-cli"),
                                    "-s",
                                    socket.toString(),
                                    "PING")
                            .output()
                            .strip());
            assertEquals("+PONG", server.call("PING").toString());
        }
    }

    private static String text(ByteBuffer buffer) {
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
    }

    @Test
    void ipv6AndSeveralAddressesServe() {
        assumeTrue(hasIpv6Loopback(), "this machine has no ::1");
        try (ServerProcess server =
                ServerProcess.start(ServerKind.LOCKSTEP, "bind 127.0.0.1 ::1 -192.0.2.77")) {
            try (RespClient six = new RespClient("::1", server.port())) {
                assertEquals("+PONG", six.call("PING").toString());
                assertTrue(six.ok("CLIENT", "INFO").text().contains(" addr=[::1]:"));
            }
            assertEquals("+PONG", server.call("PING").toString());
        }
    }

    private static boolean hasIpv6Loopback() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
            return probe.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void theCommandLineOverridesTheFile() {
        int port = Ports.free();
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .conf("maxmemory 1mb", "timeout 5")
                        .port(port)
                        .commandLine("--maxmemory", "20mb", "--timeout", "7")
                        .start()) {
            assertEquals(
                    "20971520",
                    server.call("CONFIG", "GET", "maxmemory").fields().get("maxmemory").text());
            assertEquals(
                    "7", server.call("CONFIG", "GET", "timeout").fields().get("timeout").text());
        }
    }
}
