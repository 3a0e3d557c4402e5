package dev.lockstep.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Everything that happens to a fleet, at random: links that are cut, stand still, go one way or are slow, replicas and masters
 * that are killed or restarted, promotions and new places in the tree, under a load of every type. At the end all hold the
 * same data, WAIT has counted nobody who lacked something, no transaction has arrived in part, and no full sync was given but
 * where a log could not hold what was missing.
 *
 * <p>{@code -Dlockstep.chaos.seconds=900} makes it longer, {@code -Dlockstep.chaos.seed=N} repeats a run.
 */
class ChaosTest {
    private static final int SECONDS = Integer.getInteger("lockstep.chaos.seconds", 120);
    private static final long SEED =
            Long.getLong("lockstep.chaos.seed", System.nanoTime() % 1_000_000);

    private final Random random = new Random(SEED);
    private final List<String> schedule = new ArrayList<>();
    private Fleet fleet;
    private TypesLoad load;

    /** As many full syncs can't be spared: who comes empty, and who finds a log that begins later. */
    private long unavoidable;

    @Test
    void allHoldTheSameDataInTheEnd() throws Exception {
        System.out.println("chaos: seed " + SEED + ", " + SECONDS + " s");
        try {
            run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed "
                            + SEED
                            + "\n"
                            + String.join("\n", schedule)
                            + "\n"
                            + (fleet == null ? "" : fleet.syncs()),
                    e);
        } finally {
            if (load != null) {
                load.close();
            }
            if (fleet != null) {
                fleet.close();
            }
        }
    }

    private void run() {
        fleet = new Fleet(3 + random.nextInt(3));
        for (int i = 1; i < fleet.size(); i++) {
            fleet.follow(i, random.nextInt(i));
            fleet.awaitLinks("start");
            unavoidable++;
        }
        load = new TypesLoad(SEED, fleet.node(0));
        long end = System.nanoTime() + SECONDS * 1_000_000_000L;
        while (System.nanoTime() < end) {
            event();
            long atMost = fleet.fullSyncs();
            assertTrue(
                    atMost <= unavoidable,
                    atMost + " full syncs, of which " + unavoidable + " could not be spared");
        }
        finish();
    }

    private void event() {
        long before = load.batches();
        Await.until("writes go on", Fleet.LIMIT, () -> load.batches() > before + 10);
        int node = random.nextInt(fleet.size());
        switch (random.nextInt(12)) {
            case 0, 1 -> {
                note("cut the links to " + node);
                fleet.link(node).cutAll();
            }
            case 2 -> {
                note("the links to " + node + " stand still");
                fleet.link(node).stall(true);
                pause();
                fleet.link(node).stall(false);
            }
            case 3 -> {
                note("the links to " + node + " are slow");
                fleet.link(node).limit(1_000_000);
                pause();
                fleet.link(node).cutAll();
                fleet.link(node).limit(Long.MAX_VALUE);
            }
            case 4 -> {
                note("the links to " + node + " go one way");
                boolean up = random.nextBoolean();
                fleet.link(node).stallUpstream(up);
                fleet.link(node).stallDownstream(!up);
                pause();
                fleet.link(node).stall(false);
            }
            case 5 -> moveElsewhere(node);
            case 6 -> restartReplica(node);
            case 7 -> restartRoot();
            case 8 -> killReplica(node);
            case 9 -> promote(node);
            case 10 -> waitForReplicas();
            default -> killRoot();
        }
        fleet.awaitLinks(schedule.get(schedule.size() - 1));
    }

    private void note(String event) {
        schedule.add(event + " [" + fleet.fullSyncs() + " of " + unavoidable + " full syncs]");
    }

    private void pause() {
        LockSupport.parkNanos((200 + random.nextInt(800)) * 1_000_000L);
    }

    private void moveElsewhere(int node) {
        int master = random.nextInt(fleet.size());
        if (node != fleet.root() && !fleet.isWithin(master, node)) {
            note(node + " follows " + master);
            // Nobody can go on with a master that is behind: who has just come may be.
            load.pause();
            fleet.awaitSameOffsets("before " + node + " follows " + master);
            fleet.follow(node, master);
            load.resume();
        } else {
            note("nothing");
        }
    }

    /** It saves where it was in the stream, and goes on from there; its own replicas too. */
    private void restartReplica(int node) {
        if (node == fleet.root()) {
            note("nothing");
            return;
        }
        note("restart the replica " + node);
        // A restarted server has an empty log: replicas of its own that lack something need
        // everything.
        unavoidable += fleet.countWithin(node) - 1;
        fleet.stop(node);
        fleet.restart(node);
    }

    /** A master that has saved itself knows what its replicas have: they go on where they were. */
    private void restartRoot() {
        int root = fleet.root();
        note("restart the root " + root);
        fleet.stop(root);
        fleet.restart(root);
    }

    /** Who WAIT has counted has it. */
    private void waitForReplicas() {
        int root = fleet.root();
        int replicas = fleet.countReplicas(root);
        note("wait for the replicas of " + root);
        try (RespClient client = fleet.node(root).connect()) {
            client.timeout(Fleet.LIMIT);
            String value = "of event " + schedule.size();
            client.ok("SET", "waited", value);
            Reply counted = client.call("WAIT", "" + replicas, "60000");
            assertEquals(new Reply.Int(replicas), counted, "replicas that WAIT has counted");
            for (int i = 0; i < fleet.size(); i++) {
                if (fleet.masterOf(i) == root) {
                    assertEquals(value, fleet.node(i).call("GET", "waited").text(), "on " + i);
                }
            }
        }
    }

    /** A transaction has arrived whole, or not at all. */
    private void assertWholeTransactions(int node) {
        ServerProcess server = fleet.node(node);
        assertEquals(
                server.call("GET", TypesLoad.LEFT).toString(),
                server.call("GET", TypesLoad.RIGHT).toString(),
                "what a transaction increments together, on " + node);
    }

    private void killReplica(int node) {
        if (node == fleet.root()) {
            note("nothing");
            return;
        }
        note("kill the replica " + node);
        unavoidable += fleet.countWithin(node);
        fleet.kill(node);
        fleet.restart(node);
    }

    /** A replica that has everything takes the root's place; all others go on with it where they are. */
    private void promote(int node) {
        int root = fleet.root();
        if (node == root) {
            note("nothing");
            return;
        }
        note("promote " + node);
        load.pause();
        // What expires at the old root after all is equal would be a change that the new one never
        // sees.
        fleet.node(root).call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        fleet.awaitSameOffsets("before the promotion of " + node);
        fleet.promote(node);
        for (int i = 0; i < fleet.size(); i++) {
            if (i != node && (i == root || fleet.masterOf(i) == root)) {
                fleet.follow(i, node);
            }
        }
        fleet.node(root).call("DEBUG", "SET-ACTIVE-EXPIRE", "1");
        load.target(fleet.node(node));
        load.resume();
    }

    /** The furthest replica takes the root's place. The old root has lost everything, and comes back as a replica. */
    private void killRoot() {
        int root = fleet.root();
        note("kill the root " + root);
        load.pause();
        fleet.kill(root);
        fleet.link(root).cutAll();
        fleet.awaitQuiet(root);
        int furthest = -1;
        for (int i = 0; i < fleet.size(); i++) {
            if (i != root
                    && (furthest < 0
                            || Replicas.offset(fleet.node(i))
                                    > Replicas.offset(fleet.node(furthest)))) {
                furthest = i;
            }
        }
        fleet.promote(furthest);
        assertWholeTransactions(furthest);
        for (int i = 0; i < fleet.size(); i++) {
            if (i != root
                    && i != furthest
                    && (fleet.masterOf(i) == root || fleet.isWithin(furthest, i))) {
                fleet.follow(i, furthest);
            }
        }
        unavoidable++;
        fleet.restart(root);
        fleet.follow(root, furthest);
        load.target(fleet.node(furthest));
        load.resume();
    }

    private void finish() {
        note("the end");
        load.pause();
        fleet.awaitSameOffsets("the end");
        String digest = Replicas.digest(fleet.node(fleet.root()));
        for (int i = 0; i < fleet.size(); i++) {
            ServerProcess node = fleet.node(i);
            Await.until(
                    "node " + i + " has the root's data",
                    Fleet.LIMIT,
                    () -> Replicas.digest(node).equals(Replicas.digest(fleet.node(fleet.root()))),
                    () -> digest + " is not " + Replicas.digest(node));
        }
        long fulls = fleet.fullSyncs();
        assertTrue(
                fulls <= unavoidable,
                fulls + " full syncs, of which " + unavoidable + " could not be spared");
        fleet.node(fleet.root()).call("FLUSHALL");
        fleet.awaitSameOffsets("after FLUSHALL");
        int replicas = 0;
        for (int i = 0; i < fleet.size(); i++) {
            ServerProcess node = fleet.node(i);
            replicas += Integer.parseInt(node.info("replication").get("connected_slaves"));
            Await.until(
                    "node " + i + " has given back its memory",
                    Fleet.LIMIT,
                    () -> Long.parseLong(node.info("memory").get("used_memory_dataset")) < 1 << 20,
                    () -> node.info("memory").toString());
        }
        assertEquals(fleet.size() - 1, replicas, "replicas that masters know of");
        System.out.println(
                "chaos: "
                        + schedule.size()
                        + " events, "
                        + fulls
                        + " full syncs, "
                        + fleet.partialSyncs()
                        + " partial ones by those who are left");
    }
}
