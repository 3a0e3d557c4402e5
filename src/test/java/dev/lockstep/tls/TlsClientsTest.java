package dev.lockstep.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Ports;
import dev.lockstep.testing.Program;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients over TLS, with redis-cli and with the JDK's own TLS: who is let in, and that everything works as on a plain socket. */
class TlsClientsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static TlsFiles files;
    private static TlsFiles others;
    private static SSLContext known;

    @BeforeAll
    static void makeCertificates() {
        files = new TlsFiles("server", "next", "client");
        files.certificate("rsa", "rsa:2048");
        others = new TlsFiles("client");
        known = files.context("client");
    }

    @AfterAll
    static void removeCertificates() {
        files.close();
        others.close();
    }

    private static ServerProcess start(int tlsPort, String... conf) {
        return ServerProcess.builder(ServerKind.LOCKSTEP)
                .conf(files.conf(tlsPort, "server"))
                .conf(conf)
                .start();
    }

    private static Program cli(List<String> connection, String... words) {
        List<String> command = new ArrayList<>(connection);
        command.addAll(List.of(words));
        return Program.run(LIMIT, Path.of("."), command);
    }

    private static List<String> cliWithoutCertificate(int port) {
        return files.cli(port, "client").subList(0, 6);
    }

    private static boolean answers(SSLContext context, int port) {
        try (RespClient client = TlsFiles.connect(context, port)) {
            return client.call("PING").toString().equals("+PONG");
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"server", "rsa"})
    void redisCliTalksWithAKeyOfEitherKind(String name) {
        int port = Ports.free();
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP).conf(files.conf(port, name)).start()) {
            assertEquals("OK\n", cli(files.cli(port, "client"), "SET", "k", "v").output());
            assertEquals("v\n", cli(files.cli(port, "client"), "GET", "k").output());
            Map<String, String> info = server.info("server");
            assertEquals("" + server.port(), info.get("tcp_port"));
            assertEquals("name=tls,bind=127.0.0.1,port=" + port, info.get("listener2"));
            assertTrue(server.log().contains("Ready to accept connections tls"), server::logTail);
        }
    }

    @Test
    void withPortZeroThereIsOnlyTls() {
        int port = Ports.free();
        ServerProcess.Builder builder =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .conf(files.conf(port, "server"))
                        .conf("port 0");
        try (ServerProcess server = builder.launch()) {
            Await.until("an answer", LIMIT, () -> answers(known, port), server::logTail);
            assertThrows(UncheckedIOException.class, server::connect);
            assertTrue(
                    cli(files.cli(port, "client"), "INFO", "server")
                            .output()
                            .contains("tcp_port:" + port));
        }
    }

    @Test
    void certificatesAreAskedForAsConfigured() {
        int port = Ports.free();
        SSLContext foreign = others.context("client");
        SSLContext none = files.context(null);
        try (ServerProcess server = start(port)) {
            assertTrue(answers(known, port), server::logTail);
            assertFalse(answers(none, port));
            assertFalse(answers(foreign, port));
            assertNotEquals(0, cli(cliWithoutCertificate(port), "PING").exitCode());

            assertEquals("+OK", server.call("CONFIG", "SET", "tls-auth-clients", "optional") + "");
            assertTrue(answers(known, port), server::logTail);
            assertTrue(answers(none, port), server::logTail);
            assertFalse(answers(foreign, port));

            assertEquals("+OK", server.call("CONFIG", "SET", "tls-auth-clients", "no") + "");
            assertTrue(answers(known, port), server::logTail);
            assertTrue(answers(none, port), server::logTail);
            assertTrue(answers(foreign, port), server::logTail);
            assertEquals("PONG\n", cli(cliWithoutCertificate(port), "PING").output());
            assertFalse(server.log().contains("\tat "), server::logTail);
        }
    }

    @Test
    void aServerOfAnotherAuthorityIsRefusedByRedisCli() {
        int port = Ports.free();
        try (ServerProcess server = start(port)) {
            Program refused =
                    Program.run(
                            LIMIT,
                            ServerKind.program("redis-cli"),
                            "-p",
                            "" + port,
                            "--tls",
                            "--cacert",
                            others.path("ca.crt").toString(),
                            "PING");
            assertTrue(refused.output().contains("certificate verify failed"), refused.output());
            assertTrue(answers(known, port), server::logTail);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void hugeValuesPassBothWays(int ioThreads) throws IOException {
        int port = Ports.free();
        byte[] value = new byte[64 << 20];
        new Random(port).nextBytes(value);
        ServerProcess.Builder builder =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .heap("768m")
                        .conf(files.conf(port, "server"))
                        .conf("io-threads " + ioThreads);
        try (ServerProcess server = builder.start();
                RespClient client = TlsFiles.connect(known, port)) {
            assertEquals("+OK", client.call(List.of(bytes("SET"), bytes("k"), value)).toString());
            assertEquals(value.length, client.call("STRLEN", "k").integer());
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(value, client.call("GET", "k").bytes());
            }
            assertEquals("+PONG", server.call("PING").toString());
        }
    }

    private static byte[] bytes(String text) {
        return RespClient.latin1(text).get(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void pipelinesKeepTheirOrder(int ioThreads) throws IOException {
        int port = Ports.free();
        try (ServerProcess server = start(port, "io-threads " + ioThreads)) {
            List<RespClient> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                clients.add(TlsFiles.connect(known, port));
            }
            List<List<byte[]>> batch = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                batch.add(RespClient.latin1("ECHO", "x".repeat(i % 300) + i));
            }
            for (RespClient client : clients) {
                List<Reply> replies = client.pipeline(batch);
                for (int i = 0; i < replies.size(); i++) {
                    assertEquals("x".repeat(i % 300) + i, replies.get(i).text());
                }
            }
            assertEquals(
                    "" + (clients.size() + 1), server.info("clients").get("connected_clients"));
            clients.forEach(RespClient::close);
            Await.until(
                    "all are gone",
                    LIMIT,
                    () -> server.info("clients").get("connected_clients").equals("1"),
                    server::logTail);
        }
    }

    @Test
    void quitAndProtocolErrorsEndWithTheWordOfTheEnd() throws IOException {
        int port = Ports.free();
        try (ServerProcess server = start(port)) {
            try (RespClient client = TlsFiles.connect(known, port)) {
                assertEquals("+OK", client.call("QUIT").toString());
                assertEquals(-1, client.readByte()); // a cut without that would be an SSLException
            }
            try (RespClient client = TlsFiles.connect(known, port)) {
                client.sendRaw("*1\r\nx\r\n");
                assertTrue(client.read().toString().contains("Protocol error"));
                assertEquals(-1, client.readByte());
            }
            try (RespClient client = TlsFiles.connect(known, port)) {
                String id = client.call("CLIENT", "ID").toString().substring(1);
                assertEquals(":1", server.call("CLIENT", "KILL", "ID", id).toString());
                assertEquals(-1, client.readByte());
            }
        }
    }

    @Test
    void aSlowReaderIsPausedAndThenCutOff() throws IOException {
        int port = Ports.free();
        try (ServerProcess server =
                        start(port, "client-output-buffer-limit normal 24mb 0 0", "save \"\"");
                RespClient slow = TlsFiles.connect(known, port)) {
            server.call("SET", "big", "x".repeat(1 << 20));
            int asked = 16;
            for (int i = 0; i < asked; i++) {
                slow.send("GET", "big");
            }
            Await.until(
                    "what waits is shown",
                    LIMIT,
                    () -> omem(server, slow) > (asked - 8L) << 20,
                    () -> server.call("CLIENT", "LIST").toString());
            for (int i = 0; i < asked; i++) {
                assertEquals(1 << 20, slow.read().text().length());
            }
            Await.until("nothing waits any more", LIMIT, () -> omem(server, slow) == 0);
            slow.sendRaw("GET big\r\n".repeat(60));
            Await.until(
                    "the slow one is cut off",
                    LIMIT,
                    () -> server.log().contains("for overcoming of output buffer limits"),
                    server::logTail);
            Await.until(
                    "and is gone",
                    LIMIT,
                    () -> server.info("clients").get("connected_clients").equals("1"));
        }
    }

    private static long omem(ServerProcess server, RespClient client) {
        for (String line : server.call("CLIENT", "LIST").text().split("\n")) {
            if (line.contains("addr=127.0.0.1:" + client.localPort() + " ")) {
                return Long.parseLong(line.replaceAll(".* omem=(\\d+).*", "$1"));
            }
        }
        return -1;
    }

    @Test
    void maxClientsCountsThoseOfBothPorts() throws IOException {
        int port = Ports.free();
        try (ServerProcess server = start(port, "maxclients 3");
                RespClient plain = server.connect();
                RespClient first = TlsFiles.connect(known, port);
                RespClient second = TlsFiles.connect(known, port)) {
            assertEquals("+PONG", second.call("PING").toString());
            assertFalse(answers(known, port));
            assertEquals("1", plain.info("stats").get("rejected_connections"));
            first.close();
            Await.until("there is room again", LIMIT, () -> answers(known, port));
        }
    }

    @Test
    void protectedModeTellsStrangersAfterTheHandshake() throws Exception {
        int port = Ports.free();
        String outside =
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress())
                        .map(InetAddress::getHostAddress)
                        .findFirst()
                        .orElse(null);
        Assumptions.assumeTrue(outside != null, "this machine has only the loopback address");
        try (ServerProcess server = start(port, "bind * -::*")) {
            List<String> command = new ArrayList<>(files.cli(port, "client"));
            command.addAll(List.of("-h", outside, "PING"));
            Program refused = Program.run(LIMIT, Path.of("."), command);
            assertTrue(refused.output().contains("DENIED"), refused.output());
            assertEquals("1", server.info("stats").get("rejected_connections"));
            server.call("CONFIG", "SET", "protected-mode", "no");
            assertEquals("PONG\n", Program.run(LIMIT, Path.of("."), command).output());
        }
    }

    @Test
    void aSessionIsResumedUnlessThatIsSwitchedOff() throws IOException {
        int port = Ports.free();
        try (ServerProcess server = start(port, "tls-protocols TLSv1.2")) {
            assertTrue(resumes(files.context("client"), port));
            server.call("CONFIG", "SET", "tls-session-caching", "no");
            assertFalse(resumes(files.context("client"), port));
        }
    }

    private static boolean resumes(SSLContext context, int port) throws IOException {
        long[] created = new long[2];
        for (int i = 0; i < created.length; i++) {
            try (SSLSocket socket = TlsFiles.socket(context, port)) {
                socket.startHandshake();
                created[i] = socket.getSession().getCreationTime();
                assertEquals(
                        "CN=server",
                        ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                                .getSubjectX500Principal()
                                .getName());
            }
        }
        return created[0] == created[1];
    }
}
