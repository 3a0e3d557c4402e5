package dev.lockstep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.server.command.TakeCommand;
import dev.lockstep.testing.Await;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that wait for keys, with the commands of {@link TakeCommand}. */
class BlockedKeysTest {
    private EmbeddedServer embedded;
    private EmbeddedServer.Link first;
    private EmbeddedServer.Link second;
    private EmbeddedServer.Link writer;

    @BeforeEach
    void start() throws Exception {
        embedded = new EmbeddedServer();
        TakeCommand.register(embedded.server());
        first = embedded.connect();
        second = embedded.connect();
        writer = embedded.connect();
    }

    @AfterEach
    void stop() throws Exception {
        embedded.close();
    }

    private String info(String field) {
        for (String line : writer.call("INFO everything").split(" ")) {
            if (line.startsWith(field + ":")) {
                return line.substring(field.length() + 1);
            }
        }
        return "none";
    }

    @Test
    void servesAtOnceWhereItCan() {
        writer.call("SET b v");
        assertEquals("*2 $1 b $1 v", first.call("TAKE a b 0"));
        assertEquals("0", info("blocked_clients"));
        assertEquals("0", info("total_blocking_keys"));
    }

    @Test
    void servesInTheOrderOfArrival() {
        assertEquals("", first.call("TAKE k 0"));
        assertEquals("", second.call("TAKE other k 0"));
        assertEquals("2", info("blocked_clients"));
        assertEquals("2", info("total_blocking_keys"));
        assertEquals("+OK", writer.call("SET k 1"));
        assertEquals("*2 $1 k $1 1", first.received());
        assertEquals("", second.received());
        assertEquals("+OK", writer.call("SET k 2"));
        assertEquals("*2 $1 k $1 2", second.received());
        assertEquals("0", info("blocked_clients"));
        assertEquals("0", info("total_blocking_keys"));
        assertEquals(":0", writer.call("EXISTS k"));
    }

    @Test
    void servesBetweenTheCommandsOfAPipeline() {
        first.send("TAKE k 0");
        second.send("TAKE k 0");
        assertEquals(
                "+OK :0 +OK :0 +OK :1",
                writer.call("SET k 1", "EXISTS k", "SET k 2", "EXISTS k", "SET k 3", "EXISTS k"));
        assertEquals("*2 $1 k $1 1", first.received());
        assertEquals("*2 $1 k $1 2", second.received());
    }

    @Test
    void goesOnWithWhatWasSentMeanwhile() {
        first.send("TAKE k 0", "PING", "TAKE l 0", "PING");
        assertEquals("", first.received());
        writer.send("SET k 1");
        assertEquals("*2 $1 k $1 1 +PONG", first.received());
        writer.send("SET l 1");
        assertEquals("*2 $1 l $1 1 +PONG", first.received());
    }

    @Test
    void aTransactionServesWhenItIsDone() {
        first.send("TAKE k 0");
        writer.send("MULTI", "SET k 1", "SET k 2", "EXISTS k", "EXEC");
        assertTrue(writer.received().endsWith("*3 +OK +OK :1"));
        assertEquals("*2 $1 k $1 2", first.received());
        first.send("TAKE k 0");
        writer.call("MULTI", "SET k 1", "DEL k", "EXEC");
        assertEquals("", first.received());
        assertEquals("1", info("blocked_clients"));
    }

    @Test
    void isNotBlockedWithinATransaction() {
        assertEquals("+OK +QUEUED *1 *-1", first.call("MULTI", "TAKE k 0", "EXEC"));
        assertEquals("0", info("blocked_clients"));
    }

    @Test
    void theTimeIsOver() {
        long before = System.nanoTime();
        assertEquals("", first.call("TAKE k 0.05"));
        assertEquals("1", info("clients_in_timeout_table"));
        assertEquals("*-1", first.await());
        long millis = (System.nanoTime() - before) / 1_000_000;
        assertTrue(millis >= 45, () -> millis + " ms");
        assertEquals("0", info("clients_in_timeout_table"));
        assertEquals("0", info("total_blocking_keys"));
        assertEquals("+PONG", first.call("PING"));
    }

    /** The key is gone again when it is served, which must not give it the time anew. */
    @Test
    void keepsItsTimeWhenItBlocksAgain() {
        long before = System.nanoTime();
        first.send("WATCHGONE k 0");
        assertEquals("-NOGROUP gone", first.received());
        writer.send("SET k wait");
        first.send("WATCHGONE k 3000");
        Await.until(
                "a good part of the time",
                Duration.ofSeconds(5),
                () -> {
                    writer.call("SET k wait");
                    return System.nanoTime() - before > 2_000_000_000;
                });
        assertEquals("*-1", first.await());
        long millis = (System.nanoTime() - before) / 1_000_000;
        assertTrue(millis >= 2_995 && millis < 4_800, () -> millis + " ms");
    }

    @Test
    void keepsItsPlaceWhenItBlocksAgain() {
        writer.send("SET k wait");
        first.send("WATCHGONE k 0");
        second.send("WATCHGONE k 0");
        assertEquals("1", info("total_blocking_keys_on_nokey"));
        writer.call("SET k wait");
        assertEquals("2", info("blocked_clients"));
        writer.call("DEL k");
        assertEquals("-NOGROUP gone", first.received());
        assertEquals("-NOGROUP gone", second.received());
        assertEquals("0", info("total_blocking_keys_on_nokey"));
    }

    @Test
    void unblockedByAClient() {
        first.send("TAKE k 0");
        long id = first.client().id();
        assertEquals(":1", writer.call("CLIENT UNBLOCK " + id));
        assertEquals("*-1", first.await());
        assertEquals(":0", writer.call("CLIENT UNBLOCK " + id));
        first.send("TAKE k 0");
        assertEquals(":1", writer.call("CLIENT UNBLOCK " + id + " ERROR"));
        assertEquals("-UNBLOCKED client unblocked via CLIENT UNBLOCK", first.await());
        assertEquals("+PONG", first.call("PING"));
    }

    @Test
    void whoDisconnectsLeavesTheLine() {
        first.send("TAKE k 1000000");
        second.send("TAKE k 0");
        first.close();
        assertEquals("1", info("blocked_clients"));
        assertEquals("0", info("clients_in_timeout_table"));
        writer.send("SET k 1");
        assertEquals("*2 $1 k $1 1", second.received());
    }

    @Test
    void becomingAReplicaEndsTheWaiting() {
        first.send("TAKE k 0");
        assertEquals("+OK", writer.call("REPLICAOF 127.0.0.1 1"));
        assertEquals(
                "-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
                first.await());
        Await.until("the connection is closed", Duration.ofSeconds(5), () -> !first.isOpen());
    }

    @Test
    void keysBecomeReadyHoweverTheyAreMade() {
        writer.call("SET from v", "SELECT 1", "SET m v", "SET s v", "SELECT 0");
        assertServes("k", "RENAME from k");
        assertServes("m", "SELECT 1", "MOVE m 0", "SELECT 0");
        assertServes("s", "SWAPDB 0 1", "SWAPDB 0 1");
        writer.call("SWAPDB 0 1", "DEL s", "SWAPDB 0 1");
        writer.call("SET c v");
        assertServes("d", "COPY c d");
        assertServes("e", "MULTI", "APPEND e v", "EXEC");
    }

    private void assertServes(String key, String... commands) {
        first.send("TAKE " + key + " 0");
        writer.call(commands);
        assertEquals("*2 $1 " + key + " $1 v", first.received(), String.join(", ", commands));
    }

    @Test
    void anotherTypeOrDatabaseServesNobody() {
        first.send("SELECT 1", "TAKE k 0");
        writer.call("SET k v");
        assertEquals("+OK", first.received());
        assertEquals("1", info("blocked_clients"));
    }

    /** The key has expired by the time that the transaction ends. */
    @Test
    void anExpiredKeyServesNobody() {
        first.send("TAKE k 0");
        writer.call("MULTI", "SET k v", "PEXPIRE k 1", "DEBUG SLEEP 0.01", "EXEC");
        assertEquals("", first.received());
        assertEquals("1", info("blocked_clients"));
    }

    @Test
    void flushedKeysAreGone() {
        writer.send("SET k wait");
        first.send("WATCHGONE k 0");
        writer.call("FLUSHALL");
        assertEquals("-NOGROUP gone", first.received());
    }

    @Test
    void aPauseHoldsBackWhoWouldBeServed() {
        first.send("TAKE k 0");
        writer.call("MULTI", "SET k v", "CLIENT PAUSE 100000 WRITE", "EXEC");
        assertEquals("", first.received());
        writer.call("CLIENT UNPAUSE");
        assertEquals("*2 $1 k $1 v", first.await());
    }

    /** Stock 7.0.15 crashes on that. */
    @Test
    void aPauseIsNotEndedByUnblocking() {
        writer.call("CLIENT PAUSE 100000 WRITE");
        first.send("TAKE k 0");
        assertEquals("1", info("blocked_clients"));
        assertEquals(":0", writer.call("CLIENT UNBLOCK " + first.client().id()));
        assertEquals(":0", writer.call("CLIENT UNBLOCK " + first.client().id() + " ERROR"));
        writer.call("CLIENT UNPAUSE", "SET k v");
        assertEquals("*2 $1 k $1 v", first.await());
    }

    @Test
    void repliesThatNobodyWantsAreSkipped() {
        first.send("CLIENT REPLY SKIP", "TAKE k 0", "PING");
        writer.send("SET k v");
        assertEquals("+PONG", first.await());
        first.send("CLIENT REPLY OFF", "TAKE k 0", "CLIENT REPLY ON");
        writer.send("SET k v");
        assertEquals("+OK", first.await());
    }

    /** Counted once it is answered, with the time that it ran, not that it waited. */
    @Test
    void countsWhenItIsAnswered() {
        first.send("TAKE k 0");
        assertEquals("none", info("cmdstat_take"));
        writer.send("SET k v");
        assertTrue(info("cmdstat_take").startsWith("calls=1,"));
        first.received();
        first.send("TAKE k 0");
        writer.call("CLIENT UNBLOCK " + first.client().id() + " ERROR");
        assertTrue(info("cmdstat_take").matches("calls=2,.*failed_calls=1"));
    }

    @Test
    void timeoutsAreNumbersWithinARange() {
        for (String seconds : List.of("x", "nan", "", "1e400")) {
            assertEquals(
                    "-ERR timeout is not a float or out of range", first.call("TAKE k " + seconds));
        }
        for (String seconds : List.of("-1", "-0.01", "-inf")) {
            assertEquals("-ERR timeout is negative", first.call("TAKE k " + seconds));
        }
        for (String seconds : List.of("9223372036854775807", "9223372036854775.807", "inf")) {
            assertEquals("-ERR timeout is out of range", first.call("TAKE k " + seconds));
        }
        String reply = first.call("TAKE k 0.0001");
        assertEquals("*-1", reply.isEmpty() ? first.await() : reply);
        writer.call("SET k wait");
        String notAnInteger = "-ERR timeout is not an integer or out of range";
        assertEquals(notAnInteger, first.call("WATCHGONE k 1.5"));
        assertEquals("-ERR timeout is negative", first.call("WATCHGONE k -1"));
        assertEquals("-ERR timeout is out of range", first.call("WATCHGONE k 9223372036854775807"));
    }

    @Test
    void whoMayNoLongerRunIsTold() {
        first.send("TAKE k 0");
        writer.call("MULTI", "SET k v", "CONFIG SET min-replicas-to-write 1", "EXEC");
        assertEquals("-NOREPLICAS Not enough good replicas to write.", first.received());
        assertEquals("+PONG", first.call("PING"));
    }
}
