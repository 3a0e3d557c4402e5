package dev.lockstep.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Ports;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The directives of TLS, at the start and at run time; where Redis does the same, it is run as well. */
class TlsConfigTest {
    /** One in 256 makes of a key what has proper padding. */
    private static final int WRONG_PASSPHRASES = 1_000;

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String REFUSED = "Unable to update TLS configuration. Check server logs.";
    private static TlsFiles files;
    private static SSLContext known;

    @BeforeAll
    static void makeCertificates() throws IOException {
        files = new TlsFiles("server", "next", "client");
        files.certificate("rsa", "rsa:2048");
        files.openssl("pkcs8 -topk8 -in server.key -out locked.key -passout pass:secret");
        files.openssl("rsa -aes128 -traditional -in rsa.key -out old.key -passout pass:secret");
        Files.createDirectory(files.path("empty"));
        Files.createDirectory(files.path("hashed"));
        Files.copy(files.path("ca.crt"), files.path("hashed/ca.crt"));
        files.openssl("rehash hashed");
        Files.writeString(files.path("text"), "no certificate");
        known = files.context("client");
    }

    @AfterAll
    static void removeCertificates() {
        files.close();
    }

    private static String of(String name) {
        return files.path(name).toString();
    }

    private static String certificate(int port) throws IOException {
        try (SSLSocket socket = TlsFiles.socket(known, port)) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    private static boolean answers(int port) {
        try (RespClient client = TlsFiles.connect(known, port)) {
            return client.call("PING").toString().equals("+PONG");
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    // ---- at the start ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tls-cert-file ''|No tls-cert-file configured!",
                "tls-key-file ''|No tls-key-file configured!",
                "tls-ca-cert-file ''|Either tls-ca-cert-file or tls-ca-cert-dir must be specified",
                "tls-cert-file none.crt|load certificate: tls-cert-file none.crt: No such file or directory",
                "tls-cert-file {text}|: there is no certificate in it",
                "tls-key-file none.key|load private key: tls-key-file none.key: No such file or directory",
                "tls-key-file {text}|: there is no private key in it",
                "tls-key-file {client.key}|: it is not the key of the certificate",
                "tls-key-file {locked.key}|: it is encrypted, and no passphrase is given",
                "tls-key-file {old.key}|openssl pkcs8 -topk8",
                "tls-ca-cert-file none.crt|tls-ca-cert-file none.crt: No such file or directory",
                "tls-ca-cert-file ''; tls-ca-cert-dir {empty}|openssl rehash",
                "tls-protocols SSLv3|Invalid tls-protocols specified.",
                "tls-protocols TLSv1|jdk.tls.disabledAlgorithms",
                "tls-ciphers nonsense|tls-ciphers nonsense: it stands for no cipher",
                "tls-ciphersuites AES128-SHA|'AES128-SHA' is no cipher suite of TLS 1.3",
                "tls-client-cert-file none.crt|tls-client-cert-file none.crt: No such file",
            })
    void whatCannotBeIsOneLineAndTheEnd(String line, String reason) {
        String conf = line;
        for (String name : List.of("text", "client.key", "locked.key", "old.key", "empty")) {
            conf = conf.replace("{" + name + "}", of(name));
        }
        conf = conf.replace("''", "\"\"").replace("; ", "\n");
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .conf(files.conf(Ports.free(), "server"))
                        .conf("tls-client-key-file " + of("client.key"))
                        .conf(conf)
                        .launch()) {
            assertEquals(1, server.awaitExit(LIMIT));
            List<String> warnings =
                    server.log().lines().filter(text -> text.contains(" # ")).toList();
            assertEquals(1, warnings.size(), server.log());
            assertTrue(warnings.get(0).contains(reason), server.log());
        }
    }

    @Test
    void keysUnderAPassphraseAndAuthoritiesInADirectory() {
        int port = Ports.free();
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .conf(files.conf(port, "server"))
                        .conf(
                                "tls-ca-cert-file \"\"",
                                "tls-ca-cert-dir " + of("hashed"),
                                "tls-key-file " + of("locked.key"),
                                "tls-key-file-pass secret")
                        .start()) {
            assertTrue(answers(port), server::logTail);
            for (int i = 0; i < WRONG_PASSPHRASES; i++) {
                assertTrue(
                        server.call("CONFIG", "SET", "tls-key-file-pass", "wrong" + i)
                                .toString()
                                .contains(REFUSED));
            }
            assertEquals(
                    WRONG_PASSPHRASES,
                    server.log().lines().filter(l -> l.endsWith("the passphrase is wrong")).count(),
                    server::logTail);
        }
    }

    // ---- at run time ----

    @ParameterizedTest
    @EnumSource(ServerKind.class)
    void theTlsPortOpensMovesAndCloses(ServerKind kind) throws IOException {
        int first = Ports.free();
        int second = Ports.free();
        try (ServerProcess server = ServerProcess.start(kind)) {
            String refusal = server.call("CONFIG", "SET", "tls-port", "" + first).toString();
            assertEquals(
                    "-ERR CONFIG SET failed (possibly related to argument 'tls-port') - " + REFUSED,
                    refusal);
            assertEquals("0", setting(server, "tls-port"));
            configure(server, first);
            assertTrue(answers(first), server::logTail);
            assertTrue(
                    server.call("CONFIG", "SET", "tls-port", "" + server.port())
                            .toString()
                            .endsWith("Unable to listen on this port. Check server logs."));
            assertTrue(answers(first), server::logTail);
            try (RespClient stays = TlsFiles.connect(known, first)) {
                assertEquals("+OK", stays.call("CONFIG", "SET", "tls-port", "" + second) + "");
                assertTrue(answers(second), server::logTail);
                assertFalse(answers(first));
                assertEquals("+OK", stays.call("CONFIG", "SET", "tls-port", "0") + "");
                assertFalse(answers(second));
                assertEquals("+PONG", stays.call("PING").toString());
            }
        }
    }

    /** Turns TLS on while the server runs, with one CONFIG SET. */
    private static void configure(ServerProcess server, int port, String... more) {
        List<String> words = new ArrayList<>(List.of("CONFIG", "SET"));
        for (String line : files.conf(port, "server")) {
            words.addAll(List.of(line.split(" ")));
        }
        words.addAll(List.of(more));
        assertEquals("+OK", server.call(words.toArray(new String[0])).toString());
    }

    private static String setting(ServerProcess server, String name) {
        return server.call("CONFIG", "GET", name).items().get(1).text();
    }

    @ParameterizedTest
    @EnumSource(ServerKind.class)
    void aBadFileChangesNothing(ServerKind kind) throws IOException {
        int port = Ports.free();
        try (ServerProcess server =
                ServerProcess.builder(kind).conf(files.conf(port, "server")).start()) {
            for (String name : List.of("tls-cert-file", "tls-key-file", "tls-ca-cert-file")) {
                String before = setting(server, name);
                assertEquals(
                        "-ERR CONFIG SET failed (possibly related to argument '"
                                + name
                                + "') - "
                                + REFUSED,
                        server.call("CONFIG", "SET", name, of("text")).toString());
                assertEquals(before, setting(server, name));
            }
            for (String[] pair :
                    new String[][] {
                        {"tls-key-file", of("next.key")},
                        {"tls-protocols", "TLSv9"},
                        {"tls-ciphers", "nonsense"},
                        {"tls-ciphersuites", "nonsense"}
                    }) {
                String reply = server.call("CONFIG", "SET", pair[0], pair[1]).toString();
                assertTrue(reply.endsWith(REFUSED), pair[0] + ": " + reply);
            }
            assertEquals("CN=server", certificate(port));
            assertEquals(
                    "+OK",
                    server.call(
                                    "CONFIG",
                                    "SET",
                                    "tls-cert-file",
                                    of("next.crt"),
                                    "tls-key-file",
                                    of("next.key"))
                            .toString());
            assertEquals("CN=next", certificate(port));
        }
    }

    /** As renewing programs do it: the same name, another certificate. */
    @Test
    void aRenewedCertificateIsTakenUnderLoad() throws Exception {
        int port = Ports.free();
        Path current = files.path("current.crt");
        Files.copy(files.path("server.crt"), current, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(
                files.path("server.key"),
                files.path("current.key"),
                StandardCopyOption.REPLACE_EXISTING);
        try (ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP)
                                .conf(files.conf(port, "current"))
                                .start();
                RespClient stays = TlsFiles.connect(known, port)) {
            AtomicBoolean stop = new AtomicBoolean();
            AtomicInteger connections = new AtomicInteger();
            AtomicInteger failures = new AtomicInteger();
            List<Thread> load = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Thread thread =
                        new Thread(
                                () -> {
                                    while (!stop.get()) {
                                        (answers(port) ? connections : failures).incrementAndGet();
                                    }
                                });
                thread.start();
                load.add(thread);
            }
            for (int round = 0; round < 20; round++) {
                String name = round % 2 == 0 ? "next" : "server";
                for (String end : List.of(".crt", ".key")) {
                    Files.copy(
                            files.path(name + end),
                            files.path("current" + end),
                            StandardCopyOption.REPLACE_EXISTING);
                }
                assertEquals(
                        "+OK",
                        server.call(
                                        "CONFIG",
                                        "SET",
                                        "tls-cert-file",
                                        current.toString(),
                                        "tls-key-file",
                                        of("current.key"))
                                .toString());
                assertEquals("CN=" + name, certificate(port));
                assertEquals("+PONG", stays.call("PING").toString());
            }
            stop.set(true);
            for (Thread thread : load) {
                thread.join();
            }
            assertEquals(0, failures.get(), server::logTail);
            assertTrue(connections.get() > 20, connections + " connections");
        }
    }

    @Test
    void protocolsAndCiphersAreThoseConfigured() throws IOException {
        int port = Ports.free();
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP).conf(files.conf(port, "rsa")).start()) {
            assertEquals("TLSv1.3", agreed(port, "TLSv1.3", "TLSv1.2")[0]);
            assertEquals("TLSv1.2", agreed(port, "TLSv1.2")[0]);

            server.call("CONFIG", "SET", "tls-protocols", "TLSv1.2");
            assertEquals("TLSv1.2", agreed(port, "TLSv1.3", "TLSv1.2")[0]);
            assertThrows(SSLException.class, () -> agreed(port, "TLSv1.3"));

            String list = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384";
            server.call("CONFIG", "SET", "tls-ciphers", list);
            assertEquals("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", agreed(port, "TLSv1.2")[1]);
            server.call("CONFIG", "SET", "tls-prefer-server-ciphers", "yes");
            assertEquals("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", agreed(port, "TLSv1.2")[1]);

            server.call("CONFIG", "SET", "tls-protocols", "TLSv1.3");
            server.call("CONFIG", "SET", "tls-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256");
            assertEquals("TLS_CHACHA20_POLY1305_SHA256", agreed(port, "TLSv1.3")[1]);
        }
    }

    private static String[] agreed(int port, String... protocols) throws IOException {
        try (SSLSocket socket = TlsFiles.socket(known, port)) {
            socket.setEnabledProtocols(protocols);
            socket.startHandshake();
            return new String[] {
                socket.getSession().getProtocol(), socket.getSession().getCipherSuite()
            };
        }
    }

    @Test
    void rewriteKeepsWhatWasSet() throws IOException {
        int port = Ports.free();
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP)) {
            configure(server, port, "tls-auth-clients", "optional", "tls-protocols", "TLSv1.2");
            assertEquals("+OK", server.call("CONFIG", "REWRITE").toString());
            server.stop();
            server.restart();
            assertTrue(answers(port), server::logTail);
            assertEquals("optional", setting(server, "tls-auth-clients"));
            assertEquals("TLSv1.2", agreed(port, "TLSv1.3", "TLSv1.2")[0]);
        }
    }

    @Test
    void bindMovesBothPorts() {
        int port = Ports.free();
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .conf(files.conf(port, "server"))
                        .start()) {
            assertEquals("+OK", server.call("CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2") + "");
            assertTrue(answers(port), server::logTail);
            Await.until("plain as well", LIMIT, () -> !server.call("PING").isError());
            assertEquals(
                    "name=tls,bind=127.0.0.1,bind=127.0.0.2,port=" + port,
                    server.info("server").get("listener2"));
        }
    }
}
