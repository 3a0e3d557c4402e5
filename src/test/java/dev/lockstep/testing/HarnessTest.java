package dev.lockstep.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The tests' own tools do what they say, shown with a stock redis-server. */
class HarnessTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static ServerProcess stock;

    @BeforeAll
    static void start() {
        stock = ServerProcess.start(ServerKind.STOCK);
    }

    @AfterAll
    static void stop() {
        stock.close();
        assertFalse(stock.isAlive());
        assertFalse(Files.exists(stock.directory()));
    }

    @Test
    void repliesKeepTheirType() {
        try (RespClient client = stock.connect()) {
            assertEquals("+OK", client.call("SET", "k", "a\0\u00ff").toString());
            assertEquals("\"a\\x00\\xff\"", client.call("GET", "k").toString());
            assertEquals("nil", client.call("GET", "none").toString());
            assertEquals(":1", client.call("EXISTS", "k").toString());
            assertEquals(
                    "-ERR value is not an integer or out of range",
                    client.call("INCR", "k").toString());
            assertEquals("nil-array", client.call("BLPOP", "l", "0.001").toString());
            assertEquals("%{", client.call("HELLO", "3").toString().substring(0, 2));
            assertEquals("null", client.call("GET", "none").toString());
            assertEquals(
                    ",1.5",
                    client.call("DEBUG", "PROTOCOL", "double")
                            .toString()
                            .replaceAll("3.141", "1.5"));
            assertEquals("#t", client.call("DEBUG", "PROTOCOL", "true").toString());
            assertEquals("~[:0, :1, :2]", client.call("DEBUG", "PROTOCOL", "set").toString());
            assertEquals(
                    "=txt:\"This is a verbatim\\nstring\"",
                    client.call("DEBUG", "PROTOCOL", "verbatim").toString());
            assertEquals(
                    List.of("+PONG", "-ERR unknown command 'NOPE', with args beginning with: "),
                    client
                            .pipeline(List.of(RespClient.latin1("PING"), RespClient.latin1("NOPE")))
                            .stream()
                            .map(Reply::toString)
                            .toList());
        }
    }

    @Test
    void commandLinesAreSplitAsRedisCliDoes() {
        List<byte[]> words = CommandLine.split("SET \"a\\x00\\n\\\"\" 'it\\'s\\n' \"\"");
        assertEquals(4, words.size());
        assertArrayEquals(new byte[] {'a', 0, '\n', '"'}, words.get(1));
        assertArrayEquals("it's\\n".getBytes(), words.get(2));
        assertEquals(0, words.get(3).length);
        assertEquals("\"a\\x00\\n\\\"\"", CommandLine.quote(words.get(1)));
        assertThrows(IllegalArgumentException.class, () -> CommandLine.split("a \"b"));
    }

    @Test
    void aServerCanBeStoppedPausedKilledAndRestarted() {
        try (ServerProcess server = ServerProcess.start(ServerKind.STOCK)) {
            server.call("SET", "k", "v");
            server.call("SAVE");
            server.kill();
            server.restart();
            assertEquals("v", server.call("GET", "k").text());
            server.pause();
            try (RespClient client = new RespClient(server.port())) {
                client.timeout(Duration.ofMillis(100)).send("PING");
                assertThrows(UncheckedIOException.class, client::read);
                server.resume();
                assertEquals("+PONG", client.timeout(SOON).read().toString());
            }
            assertEquals(0, server.terminate());
            assertTrue(server.log().contains("SIGTERM"));
        }
    }

    @Test
    void aServerThatCantStartTellsItsLog() {
        AssertionError error =
                assertThrows(
                        AssertionError.class,
                        () -> ServerProcess.start(ServerKind.STOCK, "no-such-directive yes"));
        assertTrue(error.getMessage().contains("no-such-directive"), error.getMessage());
    }

    @Test
    void theProxyCutsAndRefuses() {
        try (TcpProxy proxy = new TcpProxy(stock.port());
                RespClient client = new RespClient(proxy.port())) {
            assertEquals("+PONG", client.call("PING").toString());
            proxy.cutAll();
            assertTrue(client.closedWithin(SOON));
            Await.until("no links", SOON, () -> proxy.liveLinks() == 0);
            proxy.refuse(true);
            try (RespClient refused = new RespClient(proxy.port())) {
                assertTrue(refused.closedWithin(SOON));
            }
            proxy.refuse(false);
            try (RespClient again = new RespClient(proxy.port())) {
                assertEquals("+PONG", again.call("PING").toString());
                proxy.cutAfter(1);
                again.send("PING");
                assertTrue(again.closedWithin(SOON));
            }
            assertEquals(2, proxy.connections());
        }
    }

    @Test
    void theProxyDelaysThrottlesAndStalls() {
        try (TcpProxy proxy = new TcpProxy(stock.port());
                RespClient client = new RespClient(proxy.port())) {
            client.ok("SET", "big", "x".repeat(100_000));
            proxy.delay(50);
            assertTrue(millis(client, "PING") >= 100);
            proxy.delay(0);
            proxy.limit(1_000_000);
            assertTrue(millis(client, "GET", "big") >= 90);
            proxy.limit(Long.MAX_VALUE);
            proxy.stall(true);
            client.timeout(Duration.ofMillis(200)).send("PING");
            assertThrows(UncheckedIOException.class, client::read);
            proxy.stall(false);
            assertEquals("+PONG", client.timeout(SOON).read().toString());
        }
    }

    private static long millis(RespClient client, String... command) {
        long start = System.nanoTime();
        client.ok(command);
        return (System.nanoTime() - start) / 1_000_000;
    }

    @Test
    void awaitNamesWhatItWaitedFor() {
        AssertionError error =
                assertThrows(
                        AssertionError.class,
                        () ->
                                Await.until(
                                        "pigs fly",
                                        Duration.ofMillis(20),
                                        () -> false,
                                        () -> "grounded"));
        assertTrue(error.getMessage().contains("pigs fly; grounded"), error.getMessage());
    }
}
