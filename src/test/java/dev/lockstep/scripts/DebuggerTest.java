package dev.lockstep.scripts;

import static dev.lockstep.testing.ServerKind.LOCKSTEP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A script that stands still in the debugger: others are told so, and nobody is left hanging, however the session ends. */
class DebuggerTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String TWO_LINES =
            "redis.call('incr', 'a')\nredis.call('incr', 'a')\nreturn 1";

    private static ServerProcess start(String... more) {
        String[] conf = new String[more.length + 2];
        conf[0] = "save \"\"";
        conf[1] = "busy-reply-threshold 100";
        System.arraycopy(more, 0, conf, 2, more.length);
        return ServerProcess.start(LOCKSTEP, conf);
    }

    /** Has a script stand still at its first line. */
    private static void begin(RespClient debugging, String script) {
        debugging.timeout(LIMIT);
        debugging.ok("SCRIPT", "DEBUG", "SYNC");
        String first = debugging.call("EVAL", script, "0").toString();
        assertTrue(first.startsWith("[+* Stopped at 1, stop reason = step over, "), first);
    }

    private static void awaitIdle(RespClient other) {
        Await.until("the server is idle", LIMIT, () -> other.call("PING").text().equals("PONG"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"io-transport auto", "io-transport nio", "io-threads 2"})
    void stepsWhileOthersAreToldThatTheServerIsBusy(String setting) {
        try (ServerProcess server = start(setting);
                RespClient debugging = server.connect();
                RespClient other = server.connect()) {
            begin(debugging, TWO_LINES);
            for (int i = 0; i < 3; i++) {
                assertTrue(other.call("GET", "a").toString().startsWith("-BUSY"));
            }
            assertTrue(debugging.call("s").toString().startsWith("[+<redis> incr a, +<reply> 1, "));
            assertTrue(other.call("GET", "a").toString().startsWith("-BUSY"));
            assertEquals("[+<endsession>]", debugging.call("c").toString());
            assertEquals(1, debugging.read().integer());
            assertTrue(debugging.closedWithin(LIMIT));
            awaitIdle(other);
            assertEquals("\"2\"", other.call("GET", "a").toString());
            assertEquals(1, other.call("EVAL", "return 1", "0").integer());
        }
    }

    @Test
    void othersWaitForAShortSession() {
        try (ServerProcess server = start("busy-reply-threshold 60000");
                RespClient debugging = server.connect();
                RespClient other = server.connect()) {
            begin(debugging, TWO_LINES);
            other.send("GET", "a");
            debugging.call("s");
            assertFalse(other.hasInput());
            debugging.call("c");
            assertEquals(1, debugging.read().integer());
            assertEquals("\"2\"", other.read().toString());
        }
    }

    @Test
    void isEndedByScriptKill() {
        try (ServerProcess server = start();
                RespClient debugging = server.connect();
                RespClient other = server.connect()) {
            begin(debugging, "local a = 1\nlocal b = 2\nreturn pcall(function() return a end)");
            other.ok("SCRIPT", "KILL");
            assertEquals("[+<endsession>]", debugging.read().toString());
            String reply = debugging.read().toString();
            assertTrue(reply.startsWith("-ERR Script killed by user with SCRIPT KILL..."), reply);
            awaitIdle(other);
        }
    }

    @Test
    void isNotKilledWhenItHasWritten() {
        try (ServerProcess server = start();
                RespClient debugging = server.connect();
                RespClient other = server.connect()) {
            begin(debugging, TWO_LINES);
            debugging.call("s");
            assertTrue(other.call("SCRIPT", "KILL").toString().startsWith("-UNKILLABLE"));
            debugging.call("c");
            awaitIdle(other);
        }
    }

    @Test
    void runsToItsEndWhenTheClientGoes() {
        try (ServerProcess server = start();
                RespClient other = server.connect()) {
            try (RespClient debugging = server.connect()) {
                begin(debugging, TWO_LINES);
            }
            awaitIdle(other);
            assertEquals("\"2\"", other.call("GET", "a").toString());
            try (RespClient debugging = server.connect()) {
                begin(debugging, TWO_LINES);
                debugging.call("c");
                assertEquals(1, debugging.read().integer());
            }
        }
    }

    @Test
    void stopsWhereItRunsForLong() {
        try (ServerProcess server = start();
                RespClient debugging = server.connect();
                RespClient other = server.connect()) {
            begin(debugging, "local n = 0\nwhile true do\n  n = n + 1\nend");
            String stopped = debugging.call("c").toString();
            assertTrue(stopped.contains("stop reason = timeout reached, infinite loop?"), stopped);
            assertTrue(debugging.call("p", "n").toString().startsWith("[+<value> "));
            assertEquals("[+<endsession>]", debugging.call("a").toString());
            assertTrue(debugging.read().toString().contains("aborted for user request"));
            awaitIdle(other);
        }
    }

    @Test
    void aLoopWithoutEndIsEndedWhenTheClientGoes() {
        try (ServerProcess server = start();
                RespClient other = server.connect()) {
            try (RespClient debugging = server.connect()) {
                begin(debugging, "local n = 0\nwhile true do\n  n = n + 1\nend");
                debugging.send("c");
            }
            awaitIdle(other);
        }
    }

    @Test
    void aSecondSessionWaitsForTheFirst() {
        try (ServerProcess server = start();
                RespClient one = server.connect();
                RespClient two = server.connect();
                RespClient other = server.connect()) {
            two.timeout(LIMIT);
            two.ok("SCRIPT", "DEBUG", "SYNC");
            begin(one, TWO_LINES);
            assertTrue(two.call("EVAL", TWO_LINES, "0").toString().startsWith("-BUSY"));
            one.call("c");
            assertEquals(1, one.read().integer());
            awaitIdle(other);
            assertTrue(two.call("EVAL", TWO_LINES, "0").toString().startsWith("[+* Stopped at 1"));
            two.call("c");
            assertEquals(1, two.read().integer());
        }
    }

    @Test
    void nothingRunsForWhoWantsACopyOfTheServer() {
        try (ServerProcess server = start();
                RespClient client = server.connect()) {
            String refusal = client.call("SCRIPT", "DEBUG", "YES").toString();
            assertTrue(refusal.startsWith("-ERR SCRIPT DEBUG YES needs a copy"), refusal);
            assertEquals(refusal, client.call("EVAL", TWO_LINES, "0").toString());
            assertEquals(0, client.call("EXISTS", "a").integer());
            client.ok("SCRIPT", "DEBUG", "NO");
            assertEquals(1, client.call("EVAL", TWO_LINES, "0").integer());
        }
    }

    @Test
    void endsWithTheServer() {
        try (ServerProcess server = start();
                RespClient debugging = server.connect()) {
            begin(debugging, TWO_LINES);
            assertEquals(0, server.terminate());
            assertFalse(server.isAlive());
        }
    }

    @Test
    void replicasGetWhatADebuggedScriptChanged() {
        try (ServerProcess master = start("repl-diskless-sync-delay 0");
                ServerProcess replica = start("replicaof 127.0.0.1 " + master.port());
                RespClient debugging = master.connect();
                RespClient other = replica.connect()) {
            Replicas.awaitLink(replica);
            begin(debugging, TWO_LINES);
            debugging.call("s");
            debugging.call("c");
            assertEquals(1, debugging.read().integer());
            Await.until(
                    "the replica has it",
                    LIMIT,
                    () -> other.call("GET", "a").toString().equals("\"2\""));
        }
    }
}
