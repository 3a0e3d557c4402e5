package dev.lockstep.scripts;

import static dev.lockstep.testing.ServerKind.LOCKSTEP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.ReplicationStream;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A script that runs for long: others are told so, it can be ended, and nobody's replies are mixed up. */
class LongScriptsTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String ENDLESS = "while true do end";

    /** Ends when a client of this name is there, so that a test decides how long it takes. */
    private static final String UNTIL_NAMED =
            "while not string.find(redis.call('client','list'), 'name='..ARGV[1]) do end";

    private static final String[] CONF = {
        "save \"\"",
        "busy-reply-threshold 20",
        "enable-debug-command yes",
        "repl-diskless-sync-delay 0"
    };

    private static ServerProcess server;

    @BeforeAll
    static void start() {
        server = ServerProcess.start(LOCKSTEP, CONF);
        server.call("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void awaitBusy(ServerProcess where, RespClient other) {
        Await.until(
                "the server is busy",
                LIMIT,
                () -> other.call("PING").toString().startsWith("-BUSY"),
                where::logTail);
    }

    private static void awaitIdle(RespClient other) {
        Await.until("the server is idle", LIMIT, () -> other.call("PING").text().equals("PONG"));
    }

    /** The array that a request lies in is nobody else's while it is executed, though its client has gone. */
    @Test
    void whatAScriptWasCalledWithStaysThoughItsClientGoes() {
        String argument = "a".repeat(100_000);
        String half = "b".repeat(60_000);
        List<RespClient> others = new ArrayList<>();
        try (RespClient other = server.connect()) {
            other.ok("SLOWLOG", "RESET");
            try (RespClient caller = server.connect()) {
                byte[] request =
                        RespClient.encode(
                                RespClient.latin1("EVAL", UNTIL_NAMED, "0", "over", argument));
                caller.sendRaw(Arrays.copyOf(request, 20_000));
                other.call("PING");
                other.call("PING"); // the first part has arrived by now
                caller.sendRaw(Arrays.copyOfRange(request, 20_000, request.length));
                awaitBusy(server, other);
            }
            for (int i = 0; i < 20; i++) {
                RespClient writer = new RespClient(server.port());
                others.add(writer);
                writer.sendRaw("*2\r\n$4\r\nECHO\r\n$100000\r\n" + half.substring(0, 20_000));
                other.call("PING");
                writer.sendRaw(half);
                other.call("PING");
            }
            RespClient ender = new RespClient(server.port());
            others.add(ender);
            ender.call("HELLO", "2", "SETNAME", "over");
            awaitIdle(other);
            String log = other.call("SLOWLOG", "GET", "-1").toString();
            assertTrue(log.contains("a".repeat(128) + "... (99872 more bytes)"), log);
        } finally {
            others.forEach(RespClient::close);
        }
    }

    @Test
    void anEndlessScriptIsEnded() {
        try (RespClient caller = server.connect();
                RespClient other = server.connect()) {
            caller.send("EVAL", ENDLESS, "0");
            awaitBusy(server, other);
            assertEquals(
                    "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
                    other.call("GET", "a").toString());
            assertTrue(other.call("FUNCTION", "KILL").toString().startsWith("-BUSY"));
            assertEquals("OK", other.call("SCRIPT", "KILL").text());
            assertTrue(
                    caller.read()
                            .toString()
                            .startsWith("-ERR Script killed by user with SCRIPT KILL..."));
            assertEquals("PONG", other.call("PING").text());
            assertTrue(other.call("SCRIPT", "KILL").toString().startsWith("-NOTBUSY"));
        }
    }

    /** Though it has caught the error in a coroutine, and has a while until it is asked again. */
    @Test
    void whatWasEndedWritesNothingMore() {
        try (RespClient caller = server.connect();
                RespClient other = server.connect()) {
            caller.send(
                    "EVAL",
                    "local co = coroutine.wrap(function() pcall(function() while true do end end) end)"
                            + " pcall(co) redis.call('set', 'afterkill', 1) return 'went on'",
                    "0");
            awaitBusy(server, other);
            assertEquals("OK", other.call("SCRIPT", "KILL").text());
            assertTrue(caller.read().toString().startsWith("-ERR Script killed by user"));
            assertEquals(":0", other.call("EXISTS", "afterkill").toString());
        }
    }

    @Test
    void catchingTheErrorDoesNotKeepItAlive() {
        try (RespClient caller = server.connect();
                RespClient other = server.connect()) {
            for (String body :
                    List.of(
                            "while true do pcall(function() while true do end end) end",
                            "while true do xpcall(function() while true do end end, function() end) end",
                            "local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end",
                            "while true do redis.pcall('get', 'k') end")) {
                caller.send("EVAL", body, "0");
                awaitBusy(server, other);
                other.ok("SCRIPT", "KILL");
                assertTrue(caller.read().toString().contains("killed by user"), body);
            }
            assertEquals("PONG", caller.call("PING").text());
        }
    }

    @Test
    void anEndlessFunctionIsEnded() {
        try (RespClient caller = server.connect();
                RespClient other = server.connect()) {
            caller.ok(
                    "FUNCTION",
                    "LOAD",
                    "#!lua name=endless\nredis.register_function('endless', function() "
                            + ENDLESS
                            + " end)");
            caller.send("FCALL", "endless", "1", "key", "argument");
            awaitBusy(server, other);
            assertTrue(other.call("SCRIPT", "KILL").toString().startsWith("-BUSY"));
            String stats = other.call("FUNCTION", "STATS").toString();
            assertTrue(stats.contains("endless") && stats.contains("argument"), stats);
            other.ok("FUNCTION", "KILL");
            assertTrue(
                    caller.read()
                            .toString()
                            .startsWith("-ERR Script killed by user with FUNCTION KILL"));
            caller.ok("FUNCTION", "FLUSH");
        }
    }

    @Test
    void whatHasWrittenCanNotBeEnded() {
        try (RespClient caller = server.connect();
                RespClient other = server.connect();
                RespClient named = server.connect()) {
            caller.send(
                    "EVAL",
                    "redis.call('set','w','1') " + UNTIL_NAMED + " return 7",
                    "0",
                    "enough");
            awaitBusy(server, other);
            assertTrue(other.call("SCRIPT", "KILL").toString().startsWith("-UNKILLABLE"));
            named.call("HELLO", "2", "SETNAME", "enough");
            assertEquals(7, ((Reply.Int) caller.read()).value());
        }
    }

    /** What its own client sends meanwhile waits, however much; replies come in the order of requests. */
    @Test
    void itsOwnClientWaits() {
        String large = "x".repeat(300_000);
        try (RespClient caller = server.connect();
                RespClient other = server.connect();
                RespClient named = server.connect()) {
            caller.send("SET", "p", "1");
            caller.send("EVAL", UNTIL_NAMED + " return ARGV[1]", "0", "order");
            caller.send("INCR", "p");
            awaitBusy(server, other);
            caller.send("INCR", "p");
            caller.send("SET", "large", large);
            caller.send("STRLEN", "large");
            assertTrue(other.call("GET", "p").toString().startsWith("-BUSY"));
            named.call("HELLO", "2", "SETNAME", "order");
            assertEquals("OK", caller.read().text());
            assertEquals("order", caller.read().text());
            assertEquals(":2", caller.read().toString());
            assertEquals(":3", caller.read().toString());
            assertEquals("OK", caller.read().text());
            assertEquals(":" + large.length(), caller.read().toString());
        }
    }

    @Test
    void itGoesOnWithoutItsClient() {
        try (RespClient other = server.connect();
                RespClient named = server.connect()) {
            try (RespClient caller = server.connect()) {
                caller.send(
                        "EVAL", UNTIL_NAMED + " redis.call('set','gone',ARGV[1])", "0", "without");
                awaitBusy(server, other);
            }
            named.call("HELLO", "2", "SETNAME", "without");
            awaitIdle(other);
            assertEquals("without", other.call("GET", "gone").text());
        }
    }

    @Test
    void othersMayLeaveMeanwhile() {
        try (RespClient caller = server.connect();
                RespClient other = server.connect();
                RespClient quitter = server.connect()) {
            caller.send("EVAL", ENDLESS, "0");
            awaitBusy(server, other);
            assertEquals("OK", quitter.call("QUIT").text());
            assertTrue(quitter.closedWithin(LIMIT));
            other.ok("SCRIPT", "KILL");
            assertTrue(caller.read().toString().contains("killed by user"));
        }
    }

    /** Nor does his time end in the midst: what the script has pushed is there when it is over. */
    @Test
    void whoseTimeEndsMeanwhileGetsWhatIsThereAfterwards() throws InterruptedException {
        try (RespClient caller = server.connect();
                RespClient waiting = server.connect();
                RespClient other = server.connect();
                RespClient named = server.connect()) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
            waiting.send("BLPOP", "late", "2.9");
            Await.until(
                    "a client waits",
                    LIMIT,
                    () -> server.info("clients").get("blocked_clients").equals("1"));
            caller.send("EVAL", "redis.call('lpush','late','y') " + UNTIL_NAMED, "0", "timely");
            awaitBusy(server, other);
            TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
            assertTrue(other.call("GET", "late").toString().startsWith("-BUSY"));
            named.call("HELLO", "2", "SETNAME", "timely");
            assertTrue(waiting.read().toString().contains("y"));
        }
    }

    /** A read of all keys whose turn comes while a script is running sees nothing of it by half. */
    @Test
    void keysAreReadBeforeItOrBehindIt() {
        server.fill(200_000, "all:", 1);
        try (RespClient caller = server.connect();
                RespClient first = server.connect();
                RespClient second = server.connect();
                RespClient other = server.connect();
                RespClient named = server.connect()) {
            first.send("KEYS", "all:*");
            second.send("KEYS", "half:*");
            assertEquals("PONG", other.call("PING").text(), "both have begun or wait");
            caller.send(
                    "EVAL",
                    "redis.call('set','half:1','x') "
                            + UNTIL_NAMED
                            + " redis.call('set','half:2','x')",
                    "0",
                    "whole");
            awaitBusy(server, other);
            Reply all = first.read();
            named.call("HELLO", "2", "SETNAME", "whole");
            assertTrue(all.items().size() > 1000);
            int seen = second.read().items().size();
            assertTrue(seen == 0 || seen == 2, "keys: " + seen);
        } finally {
            server.call("FLUSHALL");
        }
    }

    /** A client that waits for a key gets it when the script has ended, not in its midst. */
    @Test
    void whoWaitsForAKeyGetsItAfterwards() {
        try (RespClient caller = server.connect();
                RespClient waiting = server.connect();
                RespClient other = server.connect();
                RespClient named = server.connect()) {
            waiting.send("BLPOP", "queue", "0");
            Await.until(
                    "a client waits",
                    LIMIT,
                    () -> server.info("clients").get("blocked_clients").equals("1"));
            caller.send(
                    "EVAL",
                    "redis.call('lpush','queue','y') "
                            + UNTIL_NAMED
                            + " redis.call('lpush','queue','z')",
                    "0",
                    "served");
            awaitBusy(server, other);
            named.call("HELLO", "2", "SETNAME", "served");
            assertTrue(waiting.read().toString().contains("z"));
        }
    }

    @Test
    void aReplicaRunsScriptsAndKeepsUp() {
        try (ServerProcess replica =
                        ServerProcess.builder(LOCKSTEP)
                                .conf(CONF)
                                .conf("replicaof 127.0.0.1 " + server.port())
                                .start();
                RespClient caller = replica.connect();
                RespClient other = replica.connect()) {
            Replicas.awaitLink(replica);
            caller.send("EVAL_RO", ENDLESS, "0");
            awaitBusy(replica, other);
            for (int i = 0; i < 1000; i++) {
                server.call("SET", "during" + i, "v");
            }
            other.ok("SCRIPT", "KILL");
            assertTrue(caller.read().toString().contains("killed by user"));
            Replicas.awaitSameData(server, replica);
            assertEquals("up", replica.info("replication").get("master_link_status"));
        }
    }

    /** What its client is still to be told waits for its end, is nobody else's, and is forgotten if the client leaves. */
    @Test
    void invalidationsAndMessagesWaitForItsReply() {
        try (RespClient caller = server.connect();
                RespClient other = server.connect();
                RespClient named = server.connect()) {
            caller.call("HELLO", "3");
            caller.ok("CLIENT", "TRACKING", "ON");
            caller.call("GET", "tracked");
            caller.call("SUBSCRIBE", "news");
            caller.send(
                    "EVAL",
                    "redis.call('publish','news','one') redis.call('set','tracked','1') "
                            + UNTIL_NAMED
                            + " redis.call('publish','news','two') return 'end'",
                    "0",
                    "told");
            awaitBusy(server, other);
            named.call("HELLO", "2", "SETNAME", "told");
            assertEquals("end", caller.read().text());
            String pushed = caller.read().toString() + caller.read() + caller.read();
            assertTrue(pushed.contains("one") && pushed.contains("two"), pushed);
            assertTrue(pushed.contains("tracked"), pushed);
            assertEquals("PONG", other.call("PING").text());
        }
    }

    @Test
    void aTrackingClientMayLeave() {
        try (RespClient other = server.connect();
                RespClient named = server.connect()) {
            try (RespClient caller = server.connect()) {
                caller.call("HELLO", "3");
                caller.ok("CLIENT", "TRACKING", "ON");
                caller.call("GET", "tracked");
                caller.send("EVAL", "redis.call('set','tracked','1') " + UNTIL_NAMED, "0", "left");
                awaitBusy(server, other);
            }
            named.call("HELLO", "2", "SETNAME", "left");
            awaitIdle(other);
            other.ok("SET", "tracked", "2");
        }
    }

    /** What its transaction does after it has left is undone with the rest of it. */
    @Test
    void aClientMayLeaveInTheMidstOfItsTransaction() {
        try (RespClient other = server.connect();
                RespClient named = server.connect()) {
            try (RespClient caller = server.connect()) {
                caller.call("HELLO", "3");
                caller.ok("CLIENT", "TRACKING", "ON");
                caller.ok("MULTI");
                caller.ok("EVAL", UNTIL_NAMED, "0", "midst");
                caller.ok("CLIENT", "TRACKING", "ON");
                caller.ok("GET", "k");
                caller.ok("SUBSCRIBE", "midst");
                caller.send("EXEC");
                awaitBusy(server, other);
            }
            named.call("HELLO", "2", "SETNAME", "midst");
            awaitIdle(other);
            other.ok("SET", "k", "1");
            Await.until(
                    "the client is gone",
                    LIMIT,
                    () -> other.call("PUBLISH", "midst", "m").toString().equals(":0"));
        }
    }

    @Test
    void aClientWithoutRepliesSilencesNobodyElse() {
        try (RespClient caller = server.connect();
                RespClient other = server.connect();
                RespClient named = server.connect()) {
            caller.send("CLIENT", "REPLY", "SKIP");
            caller.send("EVAL", UNTIL_NAMED + " return 'unheard'", "0", "silent");
            awaitBusy(server, other);
            assertTrue(other.call("GET", "a").toString().startsWith("-BUSY"));
            named.call("HELLO", "2", "SETNAME", "silent");
            assertEquals("heard", caller.call("ECHO", "heard").text());
        }
    }

    /** What would wait, or be sent in pieces, elsewhere is done at once in a script, also when it has been interrupted. */
    @Test
    void itsCommandsStayWithinIt() {
        server.fill(20_000, "many:", 1);
        try (RespClient caller = server.connect();
                RespClient other = server.connect();
                RespClient named = server.connect()) {
            caller.send(
                    "EVAL",
                    UNTIL_NAMED
                            + " return {redis.call('blpop','nolist',0), #redis.call('keys','many:*'),"
                            + " redis.call('wait','1','0')}",
                    "0",
                    "within");
            awaitBusy(server, other);
            named.call("HELLO", "2", "SETNAME", "within");
            assertEquals(":20000", caller.read().items().get(1).toString());
            assertEquals("next", caller.call("ECHO", "next").text());
        }
    }

    /** A snapshot never holds half of what a script does: the other half would follow in the stream, and some of it twice. */
    @Test
    void aFullSyncWaitsForItsEnd() {
        try (ServerProcess replica = ServerProcess.start(LOCKSTEP, CONF);
                RespClient caller = server.connect();
                RespClient other = server.connect();
                RespClient named = server.connect()) {
            server.call("SET", "counter", "0");
            caller.send(
                    "EVAL",
                    "redis.call('incr','counter') " + UNTIL_NAMED + " redis.call('incr','counter')",
                    "0",
                    "synced");
            awaitBusy(server, other);
            replica.call("REPLICAOF", "127.0.0.1", Integer.toString(server.port()));
            Await.until(
                    "the replica has tried",
                    LIMIT,
                    () -> replica.log().contains("Connecting to MASTER"),
                    replica::logTail);
            named.call("HELLO", "2", "SETNAME", "synced");
            caller.read();
            Replicas.awaitLink(replica);
            Replicas.awaitSameData(server, replica);
            assertEquals("2", replica.call("GET", "counter").text());
        }
    }

    /** Long enough for a server to have begun what it was sent before. */
    private static void letBegin() {
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }

    /** What was read before a script began to take long is executed before what the same client has sent since. */
    @Test
    void pipelinesStayWholeThoughTheServerIsOccupied() {
        List<RespClient> fillers = new ArrayList<>();
        try (RespClient sleeper = server.connect();
                RespClient caller = server.connect();
                RespClient named = server.connect();
                RespClient piped = server.connect()) {
            for (int i = 0; i < 4; i++) {
                fillers.add(server.connect());
                fillers.get(i).call("PING");
            }
            for (RespClient client : List.of(sleeper, caller, named, piped)) {
                client.call("PING");
            }
            sleeper.send("DEBUG", "SLEEP", "0.5");
            letBegin();
            caller.send("EVAL", UNTIL_NAMED, "0", "whole");
            for (RespClient filler : fillers) {
                filler.send("ECHO", "f".repeat(12_500));
            }
            List<byte[]> pipeline = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                pipeline.add(RespClient.encode(RespClient.latin1("ECHO", i + "-".repeat(1000))));
            }
            for (byte[] request : pipeline) {
                piped.sendRaw(request);
            }
            for (int i = 0; i < pipeline.size(); i++) {
                String reply = piped.read().toString();
                assertTrue(reply.startsWith("-BUSY Redis is busy"), i + ": " + reply);
            }
            named.call("HELLO", "2", "SETNAME", "whole");
            caller.read();
            assertEquals("PONG", piped.call("PING").text());
        } finally {
            fillers.forEach(RespClient::close);
        }
    }

    @Test
    void theStreamStaysWholeThoughAReplicaIsOccupied() {
        try (ServerProcess replica =
                        ServerProcess.builder(LOCKSTEP)
                                .conf(CONF)
                                .conf("replicaof 127.0.0.1 " + server.port())
                                .start();
                RespClient sleeper = replica.connect();
                RespClient caller = replica.connect();
                RespClient named = replica.connect()) {
            Replicas.awaitLink(replica);
            replica.call("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1");
            caller.call("PING");
            named.call("PING");
            sleeper.send("DEBUG", "SLEEP", "0.5");
            letBegin();
            caller.send("EVAL", UNTIL_NAMED, "0", "streamed");
            List<List<byte[]>> writes = new ArrayList<>();
            for (int i = 0; i < 1024; i++) {
                writes.add(RespClient.latin1("RPUSH", "streamed", i + "-".repeat(250)));
            }
            try (RespClient writer = server.connect()) {
                writer.pipeline(writes);
            }
            awaitBusy(replica, named);
            named.call("HELLO", "2", "SETNAME", "streamed");
            caller.read();
            Replicas.awaitSameData(server, replica);
            assertEquals(
                    server.call("LRANGE", "streamed", "0", "-1").toString(),
                    replica.call("LRANGE", "streamed", "0", "-1").toString());
            assertFalse(replica.log().contains("corruption"), replica::logTail);
            server.call("DEL", "streamed");
        }
    }

    /** Where other threads read the sockets, what they have read is on its way already when the script is found to take long. */
    @Test
    void itsOwnClientWaitsWhereOtherThreadsRead() {
        try (ServerProcess own =
                        ServerProcess.start(
                                LOCKSTEP, "save \"\"", "busy-reply-threshold 1", "io-threads 3");
                RespClient caller = own.connect()) {
            for (int round = 0; round < 30; round++) {
                caller.send("EVAL", "for i = 1, 3000000 do end return 'done'", "0");
                for (int i = 0; i < 200; i++) {
                    caller.send("ECHO", i + "-".repeat(500));
                }
                assertEquals("done", caller.read().text());
                for (int i = 0; i < 200; i++) {
                    assertEquals(i + "-".repeat(500), caller.read().text(), "round " + round);
                }
            }
        }
    }

    @Test
    void shutdownNosaveEndsIt() {
        try (ServerProcess own = ServerProcess.start(LOCKSTEP, CONF);
                RespClient caller = own.connect();
                RespClient other = own.connect()) {
            caller.send("EVAL", "redis.call('set','a','1') " + ENDLESS, "0");
            awaitBusy(own, other);
            assertTrue(other.call("SHUTDOWN").toString().startsWith("-BUSY"));
            other.send("SHUTDOWN", "NOSAVE");
            assertEquals(0, own.awaitExit(LIMIT));
            assertFalse(own.isAlive());
        }
    }

    @Test
    void shutdownDoesNotWaitForReplicasThatGetNothingBeforeItsEnd() {
        try (ServerProcess own = ServerProcess.start(LOCKSTEP, CONF);
                ServerProcess replica = ServerProcess.start(LOCKSTEP);
                RespClient caller = own.connect();
                RespClient other = own.connect()) {
            own.call("CONFIG", "SET", "shutdown-timeout", "3600");
            replica.call("REPLICAOF", "127.0.0.1", "" + own.port());
            Replicas.awaitSameData(own, replica);
            replica.pause();
            caller.ok("SET", "lagging", "1");
            caller.send("EVAL", "redis.call('set','a','1') " + ENDLESS, "0");
            awaitBusy(own, other);
            other.send("SHUTDOWN", "NOSAVE");
            assertEquals(0, own.awaitExit(LIMIT));
            replica.resume();
        }
    }

    /** Its keys neither vanish for want of memory nor end under it, and what it did stays one transaction. */
    @Test
    void whatOthersDoMeanwhileChangesNothingUnderIt() throws Exception {
        try (ServerProcess own = ServerProcess.start(LOCKSTEP, CONF);
                RespClient caller = own.connect();
                RespClient other = own.connect();
                RespClient named = own.connect();
                ReplicationStream stream = new ReplicationStream(own)) {
            other.ok("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1");
            other.ok("CONFIG", "SET", "maxmemory-policy", "allkeys-random");
            long used = Long.parseLong(own.info("memory").get("used_memory"));
            other.ok("CONFIG", "SET", "maxmemory", Long.toString(used + 100_000));
            other.ok("SET", "brief", "v", "PX", "1500");
            long deadline = other.call("PEXPIRETIME", "brief").integer();
            stream.changes();
            long before = other.call("DBSIZE").integer();
            caller.send(
                    "EVAL",
                    "for i=1,100 do redis.call('set','n'..i,string.rep('x',5000)) end "
                            + UNTIL_NAMED
                            + " return {redis.call('dbsize'), redis.call('get','brief')}",
                    "0",
                    "later");
            awaitBusy(own, other);
            other.ok("MULTI");
            assertEquals("+QUEUED", other.call("UNWATCH").toString());
            Await.until("its time is over", LIMIT, () -> System.currentTimeMillis() > deadline);
            assertTrue(other.call("PING").toString().startsWith("-BUSY"));
            named.call("HELLO", "2", "SETNAME", "later");
            assertEquals("[:" + (before + 100) + ", \"v\"]", caller.read().toString());
            List<String> changes = stream.changes();
            assertEquals("MULTI", changes.get(0), changes::toString);
            assertEquals("EXEC", changes.get(101), changes::toString);
        }
    }

    @Test
    void monitorsSeeWhoAsksMeanwhile() {
        try (RespClient caller = server.connect();
                RespClient other = server.connect();
                RespClient named = server.connect();
                RespClient monitor = server.connect()) {
            monitor.ok("MONITOR");
            caller.send("EVAL", UNTIL_NAMED, "0", "seen");
            awaitBusy(server, other);
            other.ok("MULTI");
            other.ok("DISCARD");
            named.call("HELLO", "2", "SETNAME", "seen");
            caller.read();
            String line = "";
            while (!line.contains("\"DISCARD\"")) {
                line = monitor.read().toString();
            }
            assertFalse(line.contains(" lua]"), line);
        }
    }
}
