package dev.lockstep.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Ports;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes to the TLS port instead of a handshake, or in the middle of one, ends that connection and nothing else. */
class TlsHostileTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private TlsFiles files;
    private SSLContext known;
    private ServerProcess server;
    private int port;
    private int filesAtStart;

    @BeforeEach
    void makeCertificates() {
        files = new TlsFiles("server", "client");
        known = files.context("client");
        port = Ports.free();
    }

    private void start(int ioThreads, String... conf) throws IOException {
        server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .heap("256m")
                        .conf(files.conf(port, "server"))
                        .conf("io-threads " + ioThreads)
                        .conf(conf)
                        .start();
        try (RespClient client = TlsFiles.connect(known, port)) {
            client.ok("SET", "canary", "sings");
        }
        server.awaitClients(1);
        filesAtStart = server.openFiles();
    }

    @AfterEach
    void stillHealthy() throws IOException {
        try {
            server.awaitClients(1);
            try (RespClient client = TlsFiles.connect(known, port)) {
                assertEquals("sings", client.ok("GET", "canary").text());
            }
            server.awaitOpenFiles(filesAtStart);
            assertFalse(server.log().contains("OutOfMemoryError"), server::logTail);
            assertFalse(server.log().contains("\tat "), server::logTail);
            assertFalse(server.log().contains(" # "), server::logTail);
            assertFalse(server.log().contains("Error accepting"), server::logTail);
        } finally {
            server.close();
            files.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void plainTextAndGarbageAreNoHandshake(int ioThreads) throws IOException {
        start(ioThreads);
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] garbage = new byte[1 + random.nextInt(5_000)];
            random.nextBytes(garbage);
            if (i % 2 == 0) {
                garbage[0] = 22; // the beginning of a handshake
            }
            try (RespClient client = new RespClient(port)) {
                client.sendRaw(i == 0 ? "PING\r\n".getBytes() : garbage);
                if (i == 0) {
                    assertTrue(client.closedWithin(LIMIT));
                }
            } catch (UncheckedIOException refused) {
                assertTrue(server.isAlive(), "seed " + seed);
            }
        }
        assertEquals("+PONG", server.call("PING").toString(), "seed " + seed);
        assertEquals("0", server.info("stats").get("rejected_connections"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aHandshakeThatIsCutOrDamagedEndsThatConnection(int ioThreads) throws IOException {
        start(ioThreads);
        long received = received();
        byte[] hello = hello();
        Random random = new Random(3);
        int cuts = 60;
        for (int i = 0; i < cuts; i++) {
            try (RespClient client = new RespClient(port)) {
                client.sendRaw(Arrays.copyOf(hello, 1 + hello.length * i / cuts));
            }
            try (RespClient client = new RespClient(port)) {
                byte[] damaged = hello.clone();
                damaged[random.nextInt(hello.length)] ^= (byte) (1 << random.nextInt(8));
                client.sendRaw(damaged);
                client.timeout(Duration.ofMillis(200));
                client.readByte();
            } catch (UncheckedIOException refused) {
                assertTrue(server.isAlive());
            }
        }
        server.awaitClients(1);
        long plain = server.info("stats").isEmpty() ? 0 : received();
        assertTrue(plain - received < cuts, "who didn't shake hands was not received");
    }

    private long received() {
        return Long.parseLong(server.info("stats").get("total_connections_received"));
    }

    private byte[] hello() throws SSLException {
        SSLEngine engine = known.createSSLEngine();
        engine.setUseClientMode(true);
        engine.beginHandshake();
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        return Arrays.copyOf(out.array(), out.position());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whoIsSilentIsClosedAfterTheTimeout(int ioThreads) throws IOException {
        start(ioThreads);
        configure("timeout", "1");
        List<RespClient> silent = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            RespClient client = new RespClient(port);
            if (i % 2 == 0) {
                client.sendRaw(Arrays.copyOf(hello(), 40));
            }
            silent.add(client);
        }
        for (RespClient client : silent) {
            assertTrue(client.closedWithin(LIMIT));
            client.close();
        }
        configure("timeout", "0");
    }

    private void configure(String name, String value) throws IOException {
        try (RespClient client = TlsFiles.connect(known, port)) {
            client.ok("CONFIG", "SET", name, value);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whoNegotiatesAgainIsClosedAndWhoChangesKeysIsNot(int ioThreads) throws Exception {
        start(ioThreads);
        try (SSLSocket socket = TlsFiles.socket(known, port)) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            RespClient client = new RespClient(socket);
            assertEquals("+PONG", client.call("PING").toString());
            boolean closed;
            try {
                socket.startHandshake();
                closed = client.closedWithin(LIMIT);
            } catch (IOException refused) {
                closed = true;
            }
            assertTrue(closed);
        }
        try (SSLSocket socket = TlsFiles.socket(known, port)) {
            socket.setEnabledProtocols(new String[] {"TLSv1.3"});
            socket.startHandshake();
            RespClient client = new RespClient(socket);
            for (int i = 0; i < 20; i++) {
                assertEquals("+PONG", client.call("PING").toString());
                socket.startHandshake(); // new keys, in TLS 1.3
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whoEndsTlsIsAnsweredAndClosed(int ioThreads) throws IOException {
        start(ioThreads);
        Socket leftOpen =
                new Socket("127.0.0.1", port) {
                    @Override
                    public void shutdownOutput() {}
                };
        try (SSLSocket socket =
                (SSLSocket)
                        known.getSocketFactory().createSocket(leftOpen, "127.0.0.1", port, true)) {
            socket.setEnabledProtocols(
                    new String[] {"TLSv1.3"}); // where one direction can be ended
            socket.startHandshake();
            RespClient client = new RespClient(socket);
            client.send("GET", "canary");
            socket.shutdownOutput();
            assertEquals("sings", client.read().text());
            assertEquals(-1, client.readByte());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void damageAfterTheHandshakeEndsThatConnection(int ioThreads) throws IOException {
        start(ioThreads);
        for (int i = 0; i < 20; i++) {
            try (Socket plain = new Socket("127.0.0.1", port);
                    SSLSocket socket =
                            (SSLSocket)
                                    known.getSocketFactory()
                                            .createSocket(plain, "127.0.0.1", port, false)) {
                socket.startHandshake();
                RespClient client = new RespClient(socket);
                assertEquals("+PONG", client.call("PING").toString());
                byte[] record = new byte[60 + i];
                record[0] = 23; // application data
                record[1] = 3;
                record[2] = 3;
                record[4] = (byte) (record.length - 5);
                plain.getOutputStream().write(record);
                plain.getOutputStream().flush();
                assertTrue(client.closedWithin(LIMIT));
            }
        }
    }
}
