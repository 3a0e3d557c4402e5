package dev.lockstep.server.warmup;

import dev.lockstep.protocol.RequestEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What clients ask a server for in its first seconds: a few connections that come and go, the common commands of every type, one
 * at a time and in pipelines, on data that grow, and full syncs to a second server. In the words of commands {@code #} stands for a
 * random number.
 *
 * <p>The warm-up's thread only.
 */
final class Rehearsal implements AutoCloseable {
    private static final int ROUNDS = 100;

    /** After so many rounds other keys are used. */
    private static final int ROUNDS_PER_ACT = 25;

    private static final int POPULATED = 10;
    private static final int FOLLOWED = 15;
    private static final int LEFT = 35;
    private static final int FOLLOWED_AGAIN = 55;
    private static final int EMPTIED = 90;
    private static final String POPULATION = "20000";

    private static final int PEERS = 8;

    /** How many connections have requests under way at the same time, in most rounds. */
    private static final int FEW_PEERS = 3;

    private static final int[] PIPELINES = {16, 1, 4, 1, 1};
    private static final int VARIANTS = 8;
    private static final int NUMBERS_PER_ACT = 5_000;

    private static final List<String> COMMANDS =
            List.of(
                    "PING",
                    "SET key:# xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                    "SET soon:# x EX 100",
                    "GET key:#",
                    "INCR counter:#",
                    "MSET key:# x key:# x key:# x key:# x key:# x",
                    "DEL key:#",
                    "EXPIRE key:# 100",
                    "LPUSH list xxx",
                    "RPUSH list xxx",
                    "LPOP list",
                    "RPOP list",
                    "LPUSH long xxx",
                    "RPUSH long xxx",
                    "LRANGE long 0 99",
                    "SADD set element:#",
                    "SADD numbers #",
                    "SPOP set",
                    "HSET hash field:# xxx",
                    "HSET small:# f v g w",
                    "HGET hash field:#",
                    "ZADD zset # element:#",
                    "ZADD large # element:#",
                    "ZPOPMIN zset",
                    "ZRANGE large 0 9",
                    "XADD stream MAXLEN ~ 1000 * field xxx");

    private final Stage stage;
    private final List<Peer> peers = new ArrayList<>();
    private final SplittableRandom random;

    /** For each command, for each length of {@link #PIPELINES}, some requests with different numbers. */
    private final List<byte[][][]> requests = new ArrayList<>();

    /** Tells the second server what to do; null if there is none. */
    private final Peer follower;

    private int round;

    /**
     * @param second becomes a replica of the first for a while, twice; or null
     * @param seed of the random numbers
     */
    Rehearsal(Stage stage, Stage second, int seed) throws IOException {
        this.stage = stage;
        random = new SplittableRandom(seed);
        follower = second == null ? null : new Peer(second);
        if (second != null) {
            follower.call("CONFIG", "SET", "masterauth", stage.password());
        }
    }

    boolean hasMore() {
        return round < ROUNDS;
    }

    /** Does the next part, of a few milliseconds. */
    void next() throws IOException {
        comeAndGo();
        if (round % ROUNDS_PER_ACT == 0) {
            prepare();
        }
        switch (round) {
            case POPULATED -> peers.get(0).call("DEBUG", "POPULATE", POPULATION, "key", "40");
            case EMPTIED -> peers.get(0).call("FLUSHALL");
            default -> {}
        }
        if (follower != null) {
            follow();
        }
        int busy = round % 5 == 0 ? peers.size() : Math.min(FEW_PEERS, peers.size());
        for (byte[][][] command : requests) {
            byte[][] variants = command[round % PIPELINES.length];
            for (int i = 0; i < busy; i++) {
                peers.get(i).send(variants[random.nextInt(variants.length)]);
            }
            for (int i = 0; i < busy; i++) {
                peers.get(i).awaitReplies();
            }
        }
        round++;
    }

    private void follow() throws IOException {
        switch (round) {
            case FOLLOWED -> follower.call("REPLICAOF", stage.host(), stage.port());
            case LEFT -> follower.call("REPLICAOF", "NO", "ONE");
            case FOLLOWED_AGAIN -> {
                peers.get(0).call("DEBUG", "CHANGE-REPL-ID");
                follower.call("REPLICAOF", stage.host(), stage.port());
            }
            default -> {}
        }
    }

    private void comeAndGo() throws IOException {
        if (round % 10 == 9) {
            peers.remove(random.nextInt(peers.size())).close();
        }
        if (peers.size() < PEERS) {
            Peer peer = new Peer(stage);
            peers.add(peer);
            peer.call("CLIENT", "SETNAME", "warm-up");
            peer.call("CONFIG", "GET", "save");
            peer.call("INFO");
        }
    }

    private void prepare() {
        requests.clear();
        for (String command : COMMANDS) {
            String[] words = command.split(" ");
            byte[][][] lengths = new byte[PIPELINES.length][][];
            for (int i = 0; i < PIPELINES.length; i++) {
                lengths[i] = new byte[VARIANTS][];
                for (int v = 0; v < VARIANTS; v++) {
                    lengths[i][v] = pipeline(words, PIPELINES[i]);
                }
            }
            requests.add(lengths);
        }
    }

    private byte[] pipeline(String[] words, int length) {
        RequestEncoder pipeline = new RequestEncoder(1024);
        for (int i = 0; i < length; i++) {
            pipeline.begin(words.length);
            for (String word : words) {
                int number = round * NUMBERS_PER_ACT + random.nextInt(NUMBERS_PER_ACT);
                pipeline.arg(word.replace("#", Integer.toString(number)));
            }
        }
        Peer.appendEnd(pipeline);
        return pipeline.bytes().copy();
    }

    @Override
    public void close() throws IOException {
        if (follower != null) {
            follower.close();
        }
        for (Peer peer : peers) {
            peer.close();
        }
    }
}
