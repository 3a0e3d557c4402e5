package dev.lockstep.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * A server killed in the middle of BGSAVE, under writes, starts again from a dump that is the state of one instant.
 *
 * <p>The writer sets slot n % SLOTS to n, for n = 1, 2, ...; so a loaded state is of one instant exactly if every slot
 * holds the largest number, up to the largest of all, that belongs into it. {@code -Dlockstep.kills=1000} for a long run.
 */
class KillDuringSaveTest {
    private static final int KILLS = Integer.getInteger("lockstep.kills", 50);
    private static final int SLOTS = 2_000;
    private static final int BATCH = 100;
    private static final int BALLAST_KEYS = 150_000;
    private static final int BALLAST_BYTES = 300;
    private static final int LONGEST_DELAY_MICROS = 150_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private long written;

    @Test
    void aDumpAlwaysLoadsAndIsOfOneInstant() {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        Random random = new Random(seed);
        int duringSave = 0;
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP).heap("512m").start()) {
            server.fill(BALLAST_KEYS, "ballast", BALLAST_BYTES);
            assertEquals("+OK", server.call("SAVE").toString());
            for (int kill = 0; kill < KILLS; kill++) {
                if (saveUnderLoadAndKill(server, random)) {
                    duringSave++;
                }
                server.restart();
                Await.until(
                        "the dump is loaded",
                        LIMIT,
                        () -> server.info("persistence").get("loading").equals("0"),
                        server::logTail);
                written = assertOneInstant(server, written);
            }
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
        assertTrue(
                duringSave >= KILLS / 4, duringSave + " of " + KILLS + " kills fell into a save");
    }

    private boolean saveUnderLoadAndKill(ServerProcess server, Random random) {
        try (RespClient writer = server.connect();
                RespClient observer = server.connect()) {
            write(writer);
            assertTrue(observer.call("BGSAVE").toString().startsWith("+Background saving started"));
            long end = System.nanoTime() + random.nextInt(LONGEST_DELAY_MICROS) * 1_000L;
            do {
                write(writer);
                LockSupport.parkNanos(500_000);
            } while (System.nanoTime() < end);
            boolean saving = observer.info("persistence").get("rdb_bgsave_in_progress").equals("1");
            server.kill();
            return saving;
        }
    }

    private void write(RespClient writer) {
        List<List<byte[]>> batch = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            written++;
            batch.add(RespClient.latin1("SET", "slot:" + written % SLOTS, Long.toString(written)));
        }
        writer.pipeline(batch).forEach(reply -> assertEquals("+OK", reply.toString()));
    }

    /** The largest number that is in the data. */
    private static long assertOneInstant(ServerProcess server, long upTo) {
        long[] slots = new long[SLOTS];
        long largest = 0;
        try (RespClient client = server.connect()) {
            String[] get = new String[SLOTS + 1];
            get[0] = "MGET";
            for (int slot = 0; slot < SLOTS; slot++) {
                get[slot + 1] = "slot:" + slot;
            }
            List<Reply> values = client.ok(get).items();
            for (int slot = 0; slot < SLOTS; slot++) {
                slots[slot] =
                        values.get(slot).isNil() ? 0 : Long.parseLong(values.get(slot).text());
                largest = Math.max(largest, slots[slot]);
            }
            assertEquals(
                    BALLAST_BYTES, client.ok("STRLEN", "ballast:" + (BALLAST_KEYS - 1)).integer());
            long slotKeys = Math.min(largest, SLOTS);
            assertEquals(BALLAST_KEYS + slotKeys, client.ok("DBSIZE").integer(), server::logTail);
        }
        assertTrue(largest <= upTo, "loaded " + largest + ", written only " + upTo);
        for (int slot = 0; slot < SLOTS; slot++) {
            long expected = largest - Math.floorMod(largest - slot, SLOTS);
            assertEquals(Math.max(0, expected), slots[slot], "slot " + slot + " beside " + largest);
        }
        return largest;
    }
}
