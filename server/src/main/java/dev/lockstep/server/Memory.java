package dev.lockstep.server;

import dev.lockstep.keyspace.AccessClock;
import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.server.config.EventClass;
import dev.lockstep.server.config.MemorySettings;
import dev.lockstep.server.config.MemorySettings.EvictionPolicy;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the data within {@code maxmemory} and within what the JVM's heap can hold. Executor only.
 *
 * <p>Before a command that may grow the data, keys are evicted by the configured policy until there is room; where the
 * policy finds none, or nothing may be evicted, the command is refused. The heap guard holds with no {@code maxmemory} set
 * as well: it leaves the JVM a reserve, so that a client reads -OOM long before anybody could read OutOfMemoryError.
 */
public final class Memory {
    /** No write that grows the data needs less. */
    private static final int SMALLEST_CELL_BYTES = 16;

    /** What is left to everything that is not data: connections, the replication log, the JVM itself. */
    private static final long RESERVE_BYTES_MIN = 48L << 20;

    /** From here on a request is looked at on its own: it may take much of what the data leave free, several times over. */
    private static final int LARGE_REQUEST_BYTES = 1 << 20;

    /** About what the server's own tables and buffers take, whatever it holds. */
    private static final long SERVER_BYTES = 1 << 20;

    private static final long EVICTION_SLICE_NANOS = 500_000;
    private static final long PAUSE_BETWEEN_SLICES_MICROS = 500;

    private final LockstepServer server;
    private final long heapBytes = Runtime.getRuntime().maxMemory();
    private long startupBytes;
    private boolean shortInTransaction;
    private final java.util.SplittableRandom random = new java.util.SplittableRandom();

    Memory(LockstepServer server) {
        this.server = server;
        server.config().memory.policy.onChange(this::applyPolicy);
        server.config().memory.lfuLogFactor.onChange(this::applyPolicy);
        server.config().memory.lfuDecayTime.onChange(this::applyPolicy);
    }

    private String applyPolicy() {
        applyPolicy(server.keyspace());
        return null;
    }

    /** Makes a keyspace note the use of its entries as {@code maxmemory-policy} needs it. */
    void applyPolicy(Keyspace keyspace) {
        MemorySettings settings = server.config().memory;
        EvictionPolicy policy = settings.policy.get();
        keyspace.clock()
                .policy(
                        policy == EvictionPolicy.ALLKEYS_LFU
                                || policy == EvictionPolicy.VOLATILE_LFU,
                        settings.lfuLogFactor.get(),
                        settings.lfuDecayTime.get());
    }

    /** The server is complete and empty. */
    void started() {
        startupBytes = used();
    }

    /** The most that slabs may reserve. */
    public long slabLimit() {
        return heapBytes - Math.max(RESERVE_BYTES_MIN, heapBytes / 8);
    }

    /** What may be taken for a while by what is no data, such as keys in transit. */
    long spareBytes() {
        long unused = Math.max(0, slabLimit() - server.keyspace().reserved());
        return unused + (heapBytes - slabLimit()) / 2;
    }

    /** The largest {@code maxmemory} that the heap can hold. */
    public long maxMemoryCeiling() {
        return slabLimit();
    }

    /** Why this can't be {@code maxmemory}, or null if it can: a limit must come before the heap's own end. */
    String refusal(long maxMemory) {
        if (maxMemory <= maxMemoryCeiling()) {
            return null;
        }
        if (maxMemoryCeiling() < 0) {
            return "A heap of "
                    + (heapBytes >> 20)
                    + " MB has no room for data; start the JVM with at least -Xmx"
                    + (RESERVE_BYTES_MIN >> 20) * 2
                    + "m";
        }
        long heap = Math.max(maxMemory + RESERVE_BYTES_MIN, maxMemory / 7 * 8);
        return "maxmemory of "
                + maxMemory
                + " bytes is more than this heap of "
                + (heapBytes >> 20)
                + " MB can hold; start the JVM with at least -Xmx"
                + ((heap >> 20) + 1)
                + "m";
    }

    /** Bytes that count towards maxmemory: the data, the libraries of functions, and what an empty server needs. */
    public long used() {
        return SERVER_BYTES + server.keyspace().used() + server.libraries().bytes();
    }

    public long heapBytes() {
        return heapBytes;
    }

    /** What the empty keyspace took at start. */
    public long startupBytes() {
        return startupBytes;
    }

    /**
     * Makes room by evicting where that is the policy; false if a write that may grow the data must be refused. Where nothing
     * may be evicted now, the limit waits, as in Redis.
     */
    public boolean makeRoom() {
        long limit = slabLimit() - server.keyspace().droppedBytes();
        if (server.keyspace().slab().reserved() > limit - (8L << 20)
                && server.keyspace().used() > limit * 9 / 10) {
            return false;
        }
        while (isOverLimit(SMALLEST_CELL_BYTES) && mayEvict()) {
            if (server.keyspace().reclaim() == 0 && !evictOne()) {
                return false;
            }
        }
        return true;
    }

    /** Whether a request that is still arriving finds room in the heap beside what is there; a small one always does. */
    public boolean canTake(long requestBytes) {
        return requestBytes < LARGE_REQUEST_BYTES
                || isFree(requestBytes, heapBytes - RESERVE_BYTES_MIN / 2);
    }

    /**
     * Whether what a request brings can be kept, which is asked of large ones only, recorded and told to replicas, each of which takes it once more. If so,
     * there is room to tell of it: a change that was made and can't be told would be the end.
     */
    boolean canKeep(long requestBytes) {
        if (requestBytes < LARGE_REQUEST_BYTES) {
            return true;
        }
        int copies = 1;
        if (server.changes().isActive()) {
            copies++;
        }
        if (server.aof().isRecording()) {
            copies++;
        }
        return isFree(copies * requestBytes, slabLimit()) && server.changes().reserve(requestBytes);
    }

    private boolean isFree(long bytes, long limit) {
        long free = limit - server.keyspace().reserved() - passing();
        return bytes <= free;
    }

    /** What of the heap is taken for a while, by clients' requests and on the way to replicas and to the append-only file. */
    private long passing() {
        return server.changes().bufferBytes()
                + server.aof().bufferBytes()
                + server.executor().inputArrays().longBytes()
                + server.transactions().bytes();
    }

    /** A transaction begins: makes room for it, as far as that can be done, since nothing is evicted in its midst. */
    void transactionBegins() {
        shortInTransaction = !makeRoom();
    }

    /** Whether there was too little room when the transaction that is being executed began. */
    public boolean isShortInTransaction() {
        return shortInTransaction;
    }

    /** Evicts what is too much, before any command; whether the command may run is for {@link #makeRoom} to say. */
    void keepLimit() {
        if (isOverLimit(0)) {
            makeRoom();
        }
    }

    private boolean mayEvict() {
        return !server.isLoading() && !server.isPausedForWrites() && !server.executor().isBusy();
    }

    /** Whether so much more is more than allowed. */
    private boolean isOverLimit(int bytes) {
        long limit = server.config().memory.maxMemory.bytes();
        return limit > 0
                && counted() + bytes > limit
                && !(server.replication().isReplica()
                        && server.config().memory.replicaIgnoreMaxMemory.get());
    }

    /** Evicts for a slice, and comes again soon while there is more: {@code maxmemory} was lowered below what is used. */
    void evictInBackground() {
        if (server.executor().isBusy()) {
            server.executor().submitBetweenCommands(this::evictInBackground);
            return;
        }
        long deadline = System.nanoTime() + EVICTION_SLICE_NANOS;
        while (isOverLimit(0) && mayEvict()) {
            if (server.keyspace().reclaim() == 0 && !evictOne()) {
                break;
            }
            if (System.nanoTime() > deadline) {
                server.loop()
                        .schedule(
                                this::evictInBackground,
                                PAUSE_BETWEEN_SLICES_MICROS,
                                TimeUnit.MICROSECONDS);
                break;
            }
        }
        server.replication().feed();
    }

    /**
     * What maxmemory is compared with: not what only snapshots still see. Evicting a key under a snapshot frees nothing
     * before that ends; if it counted, one snapshot over the limit would cost every key.
     */
    private long counted() {
        Keyspace keyspace = server.keyspace();
        return used() - keyspace.slab().deferredBytes();
    }

    private boolean evictOne() {
        EvictionPolicy policy = server.config().memory.policy.get();
        if (policy == EvictionPolicy.NOEVICTION) {
            return false;
        }
        Keyspace keyspace = server.keyspace();
        int samples = server.config().memory.samples.get();
        int bestDb = -1;
        int bestCell = 0;
        long bestScore = Long.MIN_VALUE;
        boolean onlyVolatile = policy.name().startsWith("VOLATILE");
        for (int number = 0; number < keyspace.databases(); number++) {
            Database db = keyspace.database(number);
            long candidates = onlyVolatile ? db.volatileCount() : db.size();
            for (int i = 0; i < samples && candidates > 0; i++) {
                int cell = candidate(db, policy, onlyVolatile);
                long score = score(db, cell, policy);
                if (score > bestScore) {
                    bestScore = score;
                    bestDb = number;
                    bestCell = cell;
                }
            }
        }
        if (bestDb < 0) {
            return false;
        }
        Database db = keyspace.database(bestDb);
        if (server.changes().isActive()) {
            server.changes()
                    .stageInAnyCase(bestDb, 2)
                    .arg("DEL")
                    .arg(db.keyArray(bestCell), db.keyOffset(bestCell), db.keyLength(bestCell));
            server.changes().separately();
            server.changes().commit();
        }
        server.events().publish(EventClass.EVICTED, "evicted", bestDb, db, bestCell);
        server.signals().remove(bestDb, bestCell);
        server.stats().evictedKeys++;
        return true;
    }

    private static int candidate(Database db, EvictionPolicy policy, boolean onlyVolatile) {
        if (policy == EvictionPolicy.VOLATILE_TTL) {
            return db.firstVolatile();
        }
        return onlyVolatile ? db.randomVolatile() : db.randomEntry();
    }

    private long score(Database db, int cell, EvictionPolicy policy) {
        AccessClock clock = server.keyspace().clock();
        return switch (policy) {
            case ALLKEYS_LRU, VOLATILE_LRU -> clock.idleSeconds(db.access(cell));
            case ALLKEYS_LFU, VOLATILE_LFU -> -clock.decayed(db.access(cell));
            case VOLATILE_TTL -> -db.deadline(cell);
            default -> random.nextLong(Long.MAX_VALUE);
        };
    }

    /** Notes the peak. */
    void everyTick() {
        server.stats().peakMemory = Math.max(server.stats().peakMemory, used());
    }
}
