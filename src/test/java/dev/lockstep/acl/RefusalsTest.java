package dev.lockstep.acl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What refusals leave behind that a stock 7.0 server doesn't show: 7.2's fields of ACL LOG and INFO, hidden names. */
class RefusalsTest {
    private static ServerProcess server;

    @BeforeAll
    static void start() {
        server = ServerProcess.start(ServerKind.LOCKSTEP);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void theLogAndTheCountersTellOfThem() {
        try (RespClient admin = server.connect();
                RespClient client = server.connect()) {
            admin.ok("CONFIG", "RESETSTAT");
            admin.ok("ACL", "LOG", "RESET");
            admin.ok("ACL", "SETUSER", "logged", "on", "nopass", "+@all", "-get", "~k", "&c");
            client.ok("AUTH", "logged", "x");
            for (int i = 0; i < 3; i++) {
                assertTrue(client.call("GET", "k").isError());
            }
            assertTrue(client.call("SET", "x", "v").isError());
            assertTrue(client.call("PUBLISH", "d", "m").isError());
            assertTrue(client.call("AUTH", "logged2", "x").isError());
            Map<String, String> stats = admin.info("stats");
            assertEquals("1", stats.get("acl_access_denied_auth"));
            assertEquals("3", stats.get("acl_access_denied_cmd"));
            assertEquals("1", stats.get("acl_access_denied_key"));
            assertEquals("1", stats.get("acl_access_denied_channel"));
            assertEquals("count=5", admin.info("errorstats").get("errorstat_NOPERM"));
            List<Reply> entries = admin.ok("ACL", "LOG").items();
            assertEquals(4, entries.size());
            Map<String, Reply> newest = entries.get(0).fields();
            Map<String, Reply> oldest = entries.get(3).fields();
            assertEquals(
                    List.of(
                            "count",
                            "reason",
                            "context",
                            "object",
                            "username",
                            "age-seconds",
                            "client-info",
                            "entry-id",
                            "timestamp-created",
                            "timestamp-last-updated"),
                    List.copyOf(newest.keySet()));
            assertEquals(3, oldest.get("count").integer());
            assertEquals(3, newest.get("entry-id").integer() - oldest.get("entry-id").integer());
            assertTrue(
                    oldest.get("timestamp-created").integer()
                            <= oldest.get("timestamp-last-updated").integer());
        }
    }

    @Test
    void slowlogHidesUsersAndPasswords() {
        try (RespClient admin = server.connect()) {
            admin.ok("CONFIG", "SET", "slowlog-log-slower-than", "0");
            admin.ok("SLOWLOG", "RESET");
            admin.ok("ACL", "SETUSER", "hidden", ">hidden");
            admin.ok("ACL", "GETUSER", "hidden");
            admin.ok("ACL", "DELUSER", "hidden");
            admin.call("AUTH", "hidden", "hidden");
            admin.call("HELLO", "3", "AUTH", "hidden", "hidden");
            admin.ok("CONFIG", "SET", "masteruser", "hidden");
            admin.ok("CONFIG", "SET", "masteruser", "");
            String log = admin.ok("SLOWLOG", "GET", "100").toString();
            assertTrue(log.contains("\"SETUSER\", \"(redacted)\", \"(redacted)\"]"), log);
            assertTrue(log.contains("\"DELUSER\", \"(redacted)\"]"), log);
            assertFalse(log.contains("hidden"), log);
        }
    }

    /** What is not authenticated may not keep the server busy with big requests: that ends when no password is needed. */
    @Test
    void limitsBeforeAuthenticationFollowTheDefaultUser() {
        try (ServerProcess own = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient admin = own.connect();
                RespClient early = own.connect()) {
            early.ok("PING");
            admin.ok("ACL", "SETUSER", "default", "resetpass", ">secret");
            try (RespClient late = own.connect()) {
                String many = "*100\r\n";
                late.sendRaw(many);
                assertEquals(
                        "-ERR Protocol error: unauthenticated multibulk length",
                        late.read().toString());
            }
            early.ok("MGET", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l");
            try (RespClient waiting = own.connect()) {
                assertTrue(waiting.call("PING").toString().startsWith("-NOAUTH"));
                admin.ok("ACL", "SETUSER", "default", "nopass");
                waiting.ok("MGET", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l");
            }
        }
    }
}
