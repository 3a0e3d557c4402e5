package dev.lockstep.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import io.netty.channel.uring.IoUring;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a connection may end, with each way of reading sockets. */
class TransportsTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Ends when a client of the name "over" is there. */
    private static final String LONG_SCRIPT =
            "while not string.find(redis.call('client','list'), 'name=over') do end return 'done'";

    private static ServerProcess server(String transport) {
        assumeTrue(!transport.equals("io-uring") || IoUring.isAvailable(), "no io_uring here");
        return ServerProcess.start(
                ServerKind.LOCKSTEP,
                "io-transport " + transport,
                "busy-reply-threshold 20",
                "enable-debug-command yes");
    }

    private static void send(Socket socket, String... arguments) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(RespClient.encode(RespClient.latin1(arguments)));
    }

    private static String allReplies(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io-uring"})
    void whoResetsInTheMidstOfARequestIsGone(String transport) throws IOException {
        try (ServerProcess server = server(transport)) {
            for (int i = 0; i < 40; i++) {
                try (Socket socket = new Socket("127.0.0.1", server.port())) {
                    socket.setSoLinger(true, 0);
                    byte[] half =
                            ("*2\r\n$4\r\nECHO\r\n$9000\r\n" + "x".repeat(i * 100)).getBytes();
                    socket.getOutputStream().write(half);
                }
            }
            server.awaitClients(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io-uring"})
    void whoEndsWhatHeSendsGetsAllReplies(String transport) throws IOException {
        String text = "x".repeat(8_000);
        try (ServerProcess server = server(transport)) {
            for (int round = 0; round < 20; round++) {
                try (Socket socket = new Socket("127.0.0.1", server.port())) {
                    for (int i = 0; i < 20; i++) {
                        send(socket, "ECHO", text);
                    }
                    socket.shutdownOutput();
                    assertEquals("$8000\r\n".length() + 8_002, allReplies(socket).length() / 20);
                }
            }
            server.awaitClients(1);
        }
    }

    /** Also the replies to what came while the script ran. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io-uring"})
    void soDoesOneWhoseScriptTakesLong(String transport) throws IOException {
        try (ServerProcess server = server(transport);
                RespClient other = server.connect()) {
            other.ok("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1");
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                send(socket, "EVAL", LONG_SCRIPT, "0");
                Await.until(
                        "the script takes long",
                        LIMIT,
                        () -> other.call("GET", "a").toString().startsWith("-BUSY"),
                        server::logTail);
                send(socket, "ECHO", "behind it");
                socket.shutdownOutput();
                other.call("PING");
                other.call("HELLO", "2", "SETNAME", "over");
                assertEquals("$4\r\ndone\r\n$9\r\nbehind it\r\n", allReplies(socket));
            }
            Await.until(
                    "it is gone",
                    LIMIT,
                    () -> other.info("clients").get("connected_clients").equals("1"),
                    server::logTail);
            assertTrue(!server.log().contains("\tat "), server::logTail);
        }
    }

    /** And where a thread beside the executor works on the reply. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io-uring"})
    void soDoesOneWhoseKeysAreReadBesideOthers(String transport) throws IOException {
        try (ServerProcess server = server(transport)) {
            server.fill(30_000, "many:", 1);
            for (int round = 0; round < 20; round++) {
                try (Socket socket = new Socket("127.0.0.1", server.port())) {
                    send(socket, "KEYS", "none*");
                    send(socket, "ECHO", "behind it");
                    socket.shutdownOutput();
                    assertEquals("*0\r\n$9\r\nbehind it\r\n", allReplies(socket));
                }
            }
            server.awaitClients(1);
        }
    }

    /** A script that a long argument belongs to is begun while a socket is being read, if it may be. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io-uring"})
    void aScriptWithALongArgumentCanBeEnded(String transport) {
        try (ServerProcess server = server(transport);
                RespClient caller = server.connect();
                RespClient other = server.connect()) {
            for (int bytes : new int[] {40_000, 100_000, 3_000_000}) {
                caller.send("EVAL", "while true do end", "0", "x".repeat(bytes));
                Await.until(
                        "the script takes long",
                        LIMIT,
                        () -> other.call("GET", "a").toString().startsWith("-BUSY"),
                        server::logTail);
                caller.send("ECHO", "behind it");
                other.ok("SCRIPT", "KILL");
                assertTrue(caller.read().toString().contains("killed by user"));
                assertEquals("behind it", caller.read().text());
            }
        }
    }
}
