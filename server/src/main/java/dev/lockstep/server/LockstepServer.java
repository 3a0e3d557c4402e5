package dev.lockstep.server;

import dev.lockstep.keyspace.ChunkSupply;
import dev.lockstep.keyspace.EncodingLimits;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.server.acl.AccessControl;
import dev.lockstep.server.aof.AppendOnlyFile;
import dev.lockstep.server.command.AllCommands;
import dev.lockstep.server.command.CommandTable;
import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.config.EncodingSettings;
import dev.lockstep.server.info.Info;
import dev.lockstep.server.net.Listeners;
import dev.lockstep.server.net.NettySettings;
import dev.lockstep.server.net.Transport;
import dev.lockstep.server.process.StartupFailure;
import dev.lockstep.server.pubsub.KeyspaceEvents;
import dev.lockstep.server.pubsub.PubSub;
import dev.lockstep.server.replication.Replication;
import dev.lockstep.server.script.Libraries;
import dev.lockstep.server.script.ScriptRunner;
import dev.lockstep.server.script.Scripts;
import dev.lockstep.server.tls.Tls;
import dev.lockstep.server.tls.TlsException;
import dev.lockstep.server.tracking.Tracking;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * A running server: its parts, and nothing else. The parts find each other here.
 *
 * <p>Everything but {@link #open} and the constructor belongs to the executor thread.
 */
public final class LockstepServer {
    private static final int END_SECONDS = 1;

    private final Configuration config;
    private final ServerClock clock = new ServerClock(System::currentTimeMillis);
    private final Stats stats = new Stats();
    private final CommandTable commands = AllCommands.table();
    private final ChangeStream changes = new ChangeStream();
    private final Transport transport;
    private final EventLoopGroup executorGroup;

    /** The event loops that clients' sockets belong to; the executor's own without {@code io-threads}. */
    private final EventLoopGroup readers;

    private final ExecutorLoop loop;
    private final Executor executor;
    private final Tls tls;
    private final Listeners listeners;
    private final AccessControl acl;
    private final Clients clients;
    private final Monitors monitors;
    private final Pushes pushes;
    private final PubSub pubSub;
    private final KeyspaceEvents events;
    private final Tracking tracking;
    private final Slowlog slowlog;
    private final LatencyMonitor latency;
    private final Pauses pauses;
    private final BlockedClients blocked;
    private final BlockedKeys blockedKeys;
    private final WatchedKeys watchedKeys;
    private final KeySignals signals;
    private final Transactions transactions;
    private final ReplicaWaits replicaWaits;
    private final Expiry expiry;
    private final Memory memory;
    private final Snapshots snapshots;
    private final AppendOnlyFile aof;
    private final Replication replication;
    private final KeyspaceReads reads;
    private final Migrations migrations;
    private final RoleScore oomScore;
    private final ScriptRunner scriptRunner;
    private final Scripts scripts;
    private final Libraries libraries;
    private final Shutdown shutdown;
    private final Cron cron;
    private final Info info;
    private final long startedMillis;

    private Keyspace keyspace;
    private long dirty;
    private volatile int listPackedThreshold = Keyspace.LIST_PACKED_THRESHOLD;

    public LockstepServer(Configuration config) throws StartupFailure {
        NettySettings.apply();
        this.config = config;
        startedMillis = clock.millis();
        transport = Transport.of(config.network.ioTransport.get());
        executorGroup = ExecutorLoop.group("lockstep-executor", transport.handlers());
        loop = (ExecutorLoop) executorGroup.next();
        int ioThreads = config.network.ioThreads.get();
        readers =
                ioThreads == 1
                        ? executorGroup
                        : new MultiThreadIoEventLoopGroup(
                                ioThreads - 1,
                                new DefaultThreadFactory("lockstep-io"),
                                transport.handlers());
        tls = new Tls(config);
        acl = new AccessControl(this);
        clients = new Clients(this);
        monitors = new Monitors(this);
        pushes = new Pushes(this);
        pubSub = new PubSub(this);
        events = new KeyspaceEvents(this);
        tracking = new Tracking(this);
        slowlog = new Slowlog(this);
        latency = new LatencyMonitor(this);
        pauses = new Pauses(this);
        blocked = new BlockedClients(this);
        blockedKeys = new BlockedKeys(this);
        watchedKeys = new WatchedKeys(this);
        migrations = new Migrations(this);
        signals = new KeySignals(this, watchedKeys, blockedKeys);
        transactions = new Transactions(this);
        replicaWaits = new ReplicaWaits(this);
        expiry = new Expiry(this);
        memory = new Memory(this);
        snapshots = new Snapshots(this);
        aof = new AppendOnlyFile(this);
        replication = new Replication(this);
        reads = new KeyspaceReads(this);
        scriptRunner = new ScriptRunner(this);
        scripts = new Scripts(this, scriptRunner);
        libraries = new Libraries(this, scriptRunner);
        keyspace = newKeyspace();
        executor = new Executor(this, loop, commands);
        listeners = new Listeners(config, transport, executorGroup, readers, executor, tls);
        shutdown = new Shutdown(this);
        cron = new Cron(this, loop);
        info = new Info(this);
        oomScore = new RoleScore(this);
        LiveSettings.follow(this);
    }

    /** From now on it may be told to shut down, though it isn't {@link #open} yet: it has no data to save. Any thread. */
    public void announce() {
        snapshots.loading().announce();
    }

    /** Starts to listen. Commands on the data are told to wait until {@link #load} has brought them. */
    public void open() throws StartupFailure {
        String refusal = memory.refusal(config.memory.maxMemory.bytes());
        if (refusal != null) {
            throw new StartupFailure(refusal);
        }
        if (config.tls.isUsed()) {
            try {
                tls.configure();
            } catch (TlsException e) {
                throw new StartupFailure(e.getMessage());
            }
        }
        acl.start();
        ChunkSupply.start();
        warmFreeze();
        memory.started();
        snapshots.loading().prepare();
        cron.start();
        listeners.open();
    }

    /**
     * Loads the data, if there are any, and waits until they are there. Any thread but the executor.
     *
     * @throws StartupFailure if they can't be loaded: then the process should end with code 1
     */
    public void load() throws StartupFailure {
        snapshots.loading().start();
        snapshots.loading().await();
    }

    /** Ends a server that is not all that its process is for: closes its sockets, and returns when its event loops have ended. */
    public void end() {
        listeners.close();
        boolean ended = hasEnded(readers);
        if (hasEnded(executorGroup) && ended) {
            executor.socketBuffers().release(); // nothing runs on it any more
        }
    }

    /** Not where there was no thread left for what tells of it. */
    private static boolean hasEnded(EventLoopGroup group) {
        return group.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(2 * END_SECONDS, TimeUnit.SECONDS);
    }

    /** The first freeze of a process loads classes; better here than while clients wait. */
    private static void warmFreeze() {
        new Keyspace(1).freeze().close();
    }

    /** An empty keyspace with the limits of this server; any thread. */
    public Keyspace newKeyspace() {
        Keyspace fresh = new Keyspace(config.general.databases.get());
        fresh.limit(memory.slabLimit());
        fresh.clock().now(System.currentTimeMillis());
        memory.applyPolicy(fresh);
        fresh.encodingLimits(encodingLimits());
        fresh.listPackedThreshold(listPackedThreshold);
        return fresh;
    }

    /** Up to which sizes collections are kept packed, as configured; any thread. */
    EncodingLimits encodingLimits() {
        EncodingSettings settings = config.encodings;
        return new EncodingLimits(
                settings.hashMaxListpackEntries.get(),
                settings.hashMaxListpackValue.bytes(),
                settings.listMaxListpackSize.get(),
                settings.setMaxIntsetEntries.get(),
                settings.setMaxListpackEntries.get(),
                settings.setMaxListpackValue.get(),
                settings.zsetMaxListpackEntries.get(),
                settings.zsetMaxListpackValue.bytes(),
                settings.streamNodeMaxBytes.bytes(),
                settings.streamNodeMaxEntries.get());
    }

    /** DEBUG QUICKLIST-PACKED-THRESHOLD: how long an element of a list is that shares its block with no other. */
    public void listPackedThreshold(int bytes) {
        listPackedThreshold = bytes;
        keyspace.listPackedThreshold(bytes);
    }

    public Configuration config() {
        return config;
    }

    public ServerClock clock() {
        return clock;
    }

    public Stats stats() {
        return stats;
    }

    public CommandTable commands() {
        return commands;
    }

    public ChangeStream changes() {
        return changes;
    }

    public Transport transport() {
        return transport;
    }

    public EventLoop loop() {
        return loop;
    }

    public Executor executor() {
        return executor;
    }

    public Tls tls() {
        return tls;
    }

    public Listeners listeners() {
        return listeners;
    }

    /** The users, and what they may do. */
    public AccessControl acl() {
        return acl;
    }

    public Clients clients() {
        return clients;
    }

    public Monitors monitors() {
        return monitors;
    }

    public Pushes pushes() {
        return pushes;
    }

    public PubSub pubSub() {
        return pubSub;
    }

    public KeyspaceEvents events() {
        return events;
    }

    public Tracking tracking() {
        return tracking;
    }

    public Slowlog slowlog() {
        return slowlog;
    }

    public LatencyMonitor latency() {
        return latency;
    }

    public Pauses pauses() {
        return pauses;
    }

    public BlockedClients blocked() {
        return blocked;
    }

    public BlockedKeys blockedKeys() {
        return blockedKeys;
    }

    public WatchedKeys watchedKeys() {
        return watchedKeys;
    }

    /** Whom every change of a key has to be told to. */
    public KeySignals signals() {
        return signals;
    }

    public Transactions transactions() {
        return transactions;
    }

    public ReplicaWaits replicaWaits() {
        return replicaWaits;
    }

    public Expiry expiry() {
        return expiry;
    }

    public Memory memory() {
        return memory;
    }

    public Snapshots snapshots() {
        return snapshots;
    }

    /** The append-only file. */
    public AppendOnlyFile aof() {
        return aof;
    }

    public Replication replication() {
        return replication;
    }

    public KeyspaceReads reads() {
        return reads;
    }

    public Migrations migrations() {
        return migrations;
    }

    public RoleScore oomScore() {
        return oomScore;
    }

    public Shutdown shutdown() {
        return shutdown;
    }

    public ScriptRunner scriptRunner() {
        return scriptRunner;
    }

    /** The scripts of EVAL. */
    public Scripts scripts() {
        return scripts;
    }

    /** The libraries of FUNCTION. */
    public Libraries libraries() {
        return libraries;
    }

    /** The text of INFO. */
    public Info info() {
        return info;
    }

    /** DEBUG PAUSE-CRON: whether all periodic work stops. */
    public void pauseCron(boolean paused) {
        cron.pause(paused);
    }

    Cron cron() {
        return cron;
    }

    public OperationsRate rate() {
        return cron.rate();
    }

    public long startedMillis() {
        return startedMillis;
    }

    /** The live data. */
    public Keyspace keyspace() {
        return keyspace;
    }

    /** Puts other data in the place of the live data, in one step: what was loaded from a file or from a master. */
    public void replaceKeyspace(Keyspace loaded) {
        signals.replacing(loaded);
        Keyspace old = keyspace;
        keyspace = loaded;
        old.replacedBy(loaded);
        replication.dataLoaded();
    }

    /** Changes since the last successful save. */
    public long dirty() {
        return dirty;
    }

    /** Counts changes. */
    public void dirty(long changes) {
        dirty += changes;
    }

    /** A save has put so many of the changes on disk. */
    public void saved(long changes) {
        dirty -= changes;
    }

    /** Whether the data set is being loaded, so that commands on it must wait. */
    public boolean isLoading() {
        return snapshots.isLoading();
    }

    /** Whether no change may happen now, not even by expiry or eviction. */
    public boolean isPausedForWrites() {
        return pauses.kind() != Pauses.Kind.NONE;
    }

    /** Whether the duration of each command is kept for INFO latencystats. */
    public boolean tracksLatency() {
        return config.monitoring.latencyTracking.get();
    }
}
