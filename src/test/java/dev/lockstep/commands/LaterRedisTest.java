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
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What versions of Redis after the stock peer's 7.0 do, so that no peer can be asked. */
class LaterRedisTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Scripts that start a server wait for these two, in this order. */
    @Test
    void theLogTellsThePidAndThenThatItIsInitialized() {
        try (ServerProcess server =
                ServerProcess.start(ServerKind.LOCKSTEP, "always-show-logo yes")) {
            Pattern both =
                    Pattern.compile(
                            " PID: " + server.pid() + ".*Server initialized", Pattern.DOTALL);
            assertTrue(both.matcher(server.log()).find(), server.log());
        }
    }

    @Test
    void aScriptAndATransactionSeeOneTime() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect()) {
            client.ok("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1");
            List<Reply> times =
                    client.call(
                                    "EVAL",
                                    "local a = redis.call('time') redis.call('debug', 'sleep', 0.01)"
                                            + " return {a, redis.call('time')}",
                                    "0")
                            .items();
            assertEquals(times.get(0).toString(), times.get(1).toString());
            client.ok("MULTI");
            client.ok("TIME");
            client.ok("DEBUG", "SLEEP", "0.01");
            client.ok("TIME");
            times = client.call("EXEC").items();
            assertEquals(times.get(0).toString(), times.get(2).toString());
            assertFalse(times.get(0).toString().equals(client.call("TIME").toString()));
        }
    }

    @Test
    void infoDebugIsThereIfItIsAskedForByName() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "appendonly yes");
                RespClient client = server.connect()) {
            client.pipeline(
                    List.of(
                            RespClient.latin1("SET", "a", "1"),
                            RespClient.latin1("SET", "b", "1"),
                            RespClient.latin1("SET", "c", "1")));
            Map<String, String> info = client.info("debug");
            assertTrue(Long.parseLong(info.get("eventloop_cmd_per_cycle_max")) >= 3);
            assertTrue(Long.parseLong(info.get("eventloop_duration_max")) > 0);
            assertTrue(Long.parseLong(info.get("eventloop_duration_aof_sum")) > 0);
            long cron = Long.parseLong(info.get("eventloop_duration_cron_sum"));
            Await.until(
                    "time goes on",
                    LIMIT,
                    () ->
                            Long.parseLong(client.info("debug").get("eventloop_duration_cron_sum"))
                                    > cron);
            for (String section : List.of("default", "all", "everything")) {
                assertFalse(client.info(section).containsKey("eventloop_duration_max"));
            }
        }
    }

    @Test
    void anErrorOfAScriptIsCountedByItsFirstWordOnly() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect()) {
            client.call("EVAL", "error(redis.error_reply('-ERR\\r\\n-ERR FAKE'))", "0");
            client.call("EVAL", "return redis.error_reply('-MINE\\n-ERR FAKE')", "0");
            Map<String, String> info = client.info("errorstats");
            assertEquals("count=1", info.get("errorstat_ERR"));
            assertEquals("count=1", info.get("errorstat_MINE"));
            assertEquals(2, info.size());
        }
    }

    @Test
    void scriptsMayMeasureTimeButNotTheSystem() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect()) {
            assertEquals(
                    ":1",
                    client.call(
                                    "EVAL",
                                    "local s = os.clock() for i = 1, 100000 do end return os.clock() > s",
                                    "0")
                            .toString());
            assertEquals(
                    ":0",
                    client.call(
                                    "EVAL",
                                    "local n = 0 for k in pairs(os) do if k ~= 'clock' then n = n + 1 end end return n",
                                    "0")
                            .toString());
        }
    }

    @Test
    void scriptsMaySayServerForRedisAsInValkey() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP)) {
            assertEquals(
                    "+PONG", server.call("EVAL", "return server.call('ping')", "0").toString());
            assertEquals(
                    "\"lib\"",
                    server.call(
                                    "FUNCTION",
                                    "LOAD",
                                    "#!lua name=lib\nserver.register_function('f', function() return server.sha1hex('') end)")
                            .toString());
            assertTrue(server.call("FCALL", "f", "0").toString().contains("da39a3ee"));
        }
    }

    /** The periodic work is a cycle of the event loop too. */
    @Test
    void anIdleServerTurnsAsWell() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP)) {
            server.call("CONFIG", "RESETSTAT");
            Await.until(
                    "it is seen",
                    LIMIT,
                    () ->
                            !server.info("stats")
                                    .get("instantaneous_eventloop_cycles_per_sec")
                                    .equals("0"));
        }
    }

    @Test
    void waitAofCountsNoFileThatIsOff() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP)) {
            assertEquals("[:0, :0]", server.call("WAITAOF", "0", "0", "0").toString());
        }
    }

    /** CVE-2025-21605: who needn't be let in must not make the server buffer replies. */
    @Test
    void whoHasNotAuthenticatedHimselfGetsNoBuffer() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient known = server.connect();
                RespClient admin = server.connect()) {
            admin.ok("CONFIG", "SET", "requirepass", "secret");
            admin.ok("AUTH", "secret");
            known.ok("AUTH", "secret");
            known.ok("RESET");
            try (RespClient stranger = new RespClient(server.port())) {
                assertTrue(stranger.call("GET", "x").toString().startsWith("-NOAUTH"));
                admin.ok("DEBUG", "CLIENT-ENFORCE-REPLY-LIST", "1");
                stranger.send("GET", "x");
                assertTrue(stranger.closedWithin(LIMIT));
            }
            assertTrue(known.call("GET", "x").toString().startsWith("-NOAUTH"));
            assertEquals("+PONG", admin.call("PING").toString());
            assertEquals("1", admin.info("stats").get("client_output_buffer_limit_disconnections"));
        }
    }

    @Test
    void xreadFindsTheLastEntry() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect();
                RespClient waiting = server.connect()) {
            assertEquals("nil-array", client.call("XREAD", "STREAMS", "s", "+").toString());
            client.ok("XADD", "s", "1-0", "f", "1");
            client.ok("XADD", "s", "2-0", "f", "2");
            String last =
                    client.call("XREAD", "COUNT", "5", "STREAMS", "s", "none", "+", "+").toString();
            assertTrue(last.contains("2-0") && !last.contains("1-0"), last);
            assertEquals(last, client.call("XREAD", "BLOCK", "0", "STREAMS", "s", "+").toString());
            client.ok("XDEL", "s", "2-0");
            assertTrue(client.call("XREAD", "STREAMS", "s", "+").toString().contains("1-0"));
            client.ok("XDEL", "s", "1-0");
            assertEquals("nil-array", client.call("XREAD", "STREAMS", "s", "+").toString());
            waiting.send("XREAD", "BLOCK", "0", "STREAMS", "s", "+");
            Await.until(
                    "it waits",
                    LIMIT,
                    () -> client.info("clients").get("blocked_clients").equals("1"));
            client.ok("XADD", "s", "3-0", "f", "3");
            assertTrue(waiting.read().toString().contains("3-0"));
            client.ok("XGROUP", "CREATE", "s", "g", "0");
            assertTrue(
                    client.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", "+")
                            .toString()
                            .startsWith("-ERR The + ID is meaningless"));
        }
    }

    @Test
    void clientKillFindsOldConnections() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient old = server.connect();
                RespClient client = server.connect()) {
            old.ok("PING");
            client.ok("DEBUG", "SLEEP", "5.1");
            try (RespClient fresh = server.connect()) {
                fresh.ok("PING");
                assertEquals(":1", client.call("CLIENT", "KILL", "MAXAGE", "5").toString());
                fresh.ok("PING");
            }
            assertTrue(old.closedWithin(LIMIT));
            assertEquals(
                    "-ERR maxage is not an integer or out of range",
                    client.call("CLIENT", "KILL", "MAXAGE", "x").toString());
            assertEquals(
                    "-ERR maxage should be greater than 0",
                    client.call("CLIENT", "KILL", "MAXAGE", "-1").toString());
        }
    }
}
