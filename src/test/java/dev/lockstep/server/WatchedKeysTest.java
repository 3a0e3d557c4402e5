package dev.lockstep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Keyspace;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What counts as a change of a watched key where no client makes it, and that nothing is kept of who has gone. */
class WatchedKeysTest {
    private EmbeddedServer embedded;
    private EmbeddedServer.Link watcher;
    private EmbeddedServer.Link other;

    @BeforeEach
    void start() throws Exception {
        embedded = new EmbeddedServer();
        watcher = embedded.connect();
        other = embedded.connect();
    }

    @AfterEach
    void stop() throws Exception {
        embedded.close();
    }

    private boolean anyWatched() {
        return embedded.onExecutor(() -> embedded.server().watchedKeys().any());
    }

    private void assertChanged(boolean changed) {
        assertEquals(changed ? "+OK *-1" : "+OK *0", watcher.call("MULTI", "EXEC"));
    }

    @Test
    void keepsNothingOfWhoHasGone() {
        watcher.call("WATCH a b", "MULTI", "SET a 1", "SET b 2");
        assertTrue(anyWatched());
        assertTrue(embedded.onExecutor(() -> watcher.client().transactionBytes()) > 0);
        watcher.close();
        assertFalse(anyWatched());
        assertEquals("+OK", other.call("SET a 1"));
    }

    @Test
    void keepsNothingOnceTheOutcomeIsClear() {
        watcher.call("WATCH a b");
        other.call("SET a 1");
        assertFalse(anyWatched());
        watcher.call("WATCH c");
        assertFalse(anyWatched());
        assertChanged(true);
        watcher.call("WATCH c");
        assertTrue(anyWatched());
        assertChanged(false);
        assertFalse(anyWatched());
    }

    @Test
    void anEvictedKeyHasChanged() {
        other.call("SET a 1", "CONFIG SET maxmemory-policy allkeys-random");
        watcher.call("WATCH a");
        other.call("CONFIG SET maxmemory 1", "SET b 1", "CONFIG SET maxmemory 0");
        assertChanged(true);
    }

    @Test
    void anExpiredKeyThatIsMadeAnewHasChanged() {
        other.call("DEBUG SET-ACTIVE-EXPIRE 0", "SADD s 1", "SADD t 1 2", "RPUSH l 1");
        String[] stores = {
            "SUNIONSTORE dst s",
            "SINTERSTORE dst s",
            "SDIFFSTORE dst t s",
            "SORT l STORE dst",
            "ZUNIONSTORE dst 1 s"
        };
        for (String store : stores) {
            other.call("DEL dst", "SET dst old PX 1", "DEBUG SLEEP 0.01");
            watcher.call("WATCH dst");
            assertEquals(":1", other.call(store));
            assertChanged(true);
            assertEquals(":-1", other.call("TTL dst"));
        }
    }

    @Test
    void aReplacedKeyspaceHasChanged() {
        other.call("SET a 1");
        watcher.call("WATCH a none");
        replaceKeyspace("other");
        assertChanged(true);
        watcher.call("WATCH none");
        replaceKeyspace("other");
        assertChanged(false);
        watcher.call("WATCH none");
        replaceKeyspace("none");
        assertChanged(true);
    }

    private void replaceKeyspace(String key) {
        embedded.onExecutor(
                () -> {
                    Keyspace loaded = embedded.server().newKeyspace();
                    byte[] name = key.getBytes();
                    loaded.database(0).setString(name, 0, name.length, name, 0, name.length, -1);
                    embedded.server().replaceKeyspace(loaded);
                    return null;
                });
    }

    /** Many clients and keys come and go: the outcome is that of a model that compares versions. */
    @Test
    void agreesWithVersions() {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        Random random = new Random(seed);
        int[] versions = new int[100];
        int[][] seen = new int[10][];
        EmbeddedServer.Link[] watchers = new EmbeddedServer.Link[seen.length];
        for (int i = 0; i < watchers.length; i++) {
            watchers[i] = embedded.connect();
            seen[i] = new int[versions.length];
        }
        for (int step = 0; step < 3_000; step++) {
            int who = random.nextInt(watchers.length);
            int key = random.nextInt(versions.length);
            switch (random.nextInt(8)) {
                case 0 -> {
                    other.call("INCR k" + key);
                    versions[key]++;
                }
                case 1 -> {
                    boolean changed = false;
                    for (int k = 0; k < versions.length; k++) {
                        changed |= seen[who][k] != 0 && seen[who][k] != versions[k] + 1;
                    }
                    assertEquals(
                            changed ? "+OK *-1" : "+OK *0",
                            watchers[who].call("MULTI", "EXEC"),
                            "seed " + seed);
                    seen[who] = new int[versions.length];
                }
                case 2 -> {
                    if (random.nextInt(4) == 0) {
                        watchers[who].call("UNWATCH");
                        seen[who] = new int[versions.length];
                    }
                }
                default -> {
                    watchers[who].call("WATCH k" + key);
                    seen[who][key] = seen[who][key] == 0 ? versions[key] + 1 : seen[who][key];
                }
            }
        }
    }
}
