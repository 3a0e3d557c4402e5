package dev.lockstep.server;

import dev.lockstep.keyspace.Database;
import dev.lockstep.persistence.DumpPayload;
import dev.lockstep.protocol.Quoted;
import dev.lockstep.protocol.Replies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandException;
import dev.lockstep.server.command.CommandKeys;
import dev.lockstep.server.command.Flag;
import dev.lockstep.server.config.EventClass;
import dev.lockstep.server.migrate.Exchange;
import dev.lockstep.server.migrate.MigrationTarget;
import dev.lockstep.server.migrate.TargetConnections;
import dev.lockstep.server.process.ThreadStart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys that are on their way to other servers (MIGRATE): what no client but the one that sent them should have to wait for.
 *
 * <p>The keys are serialized when the command comes, and a thread of its own talks to the target. Until that has answered,
 * commands that could change one of these keys are held back, as by a pause, so that none of what they write is lost: when the
 * key is removed here, it is still what the target was sent. Reads are answered, and everything else goes on. What can't be held
 * back (a script that touches keys it didn't declare, SWAPDB, a master's stream) is noticed; a key that changed that way is kept,
 * and the client is told.
 *
 * <p>Within a transaction or a script there is no later: there the executor itself waits for the target, as Redis does always.
 *
 * <p>Executor only, but for the threads that talk.
 */
public final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

    /** So many talk at a time; more wait in line. */
    private static final int THREADS = 8;

    private static final int KEY_BYTES_SHOWN = 128;
    private static final long MAY_WRITE = Flag.WRITE.bit() | Flag.MAY_REPLICATE.bit();
    private static final byte[] DEL = {'D', 'E', 'L'};
    private static final byte[] RESTORE = {'R', 'E', 'S', 'T', 'O', 'R', 'E'};
    private static final byte[] REPLACE = {'R', 'E', 'P', 'L', 'A', 'C', 'E'};
    private static final CommandException TOO_MUCH =
            new CommandException(
                    "OOM the keys take more memory to be sent than is left: migrate fewer at a time, or give the JVM a"
                            + " larger heap (-Xmx)");

    private final LockstepServer server;
    private final Serialized serialized = new Serialized();
    private final TargetConnections connections = new TargetConnections();
    private final ThreadPoolExecutor threads;

    /** By name, whatever the database: MOVE and COPY write to others. */
    private final Map<String, Migration.Item> underWay = new HashMap<>();

    /** Those whose end falls into a pause, in which nothing may be written. */
    private final ArrayDeque<Migration> postponed = new ArrayDeque<>();

    private long bytesUnderWay;

    Migrations(LockstepServer server) {
        this.server = server;
        threads =
                new ThreadPoolExecutor(
                        THREADS,
                        THREADS,
                        10,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        Migrations::thread);
        threads.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "lockstep-migrate");
        thread.setDaemon(true);
        return thread;
    }

    /** How many connections to targets are open. */
    public int connectionCount() {
        return connections.count();
    }

    void everySecond() {
        connections.closeIdle();
    }

    // ---- sending ----

    /**
     * Sends keys of the selected database, and replies when the target has answered.
     *
     * @param replace whether the target may have the keys already
     * @param copies whether the keys are kept here
     * @param firstKey the argument with the first key; those that are not there are left out
     */
    public void migrate(
            Call call,
            MigrationTarget target,
            boolean copies,
            boolean replace,
            int firstKey,
            int keys) {
        Migration migration = new Migration(call.client(), copies);
        serialize(call, migration, replace, firstKey, keys);
        if (migration.items.isEmpty()) {
            call.reply().simple(Replies.NOKEY);
            return;
        }
        migration.exchange = new Exchange(connections, target, migration.commands);
        if (call.mayBlock()) {
            send(migration);
        } else {
            migration.exchange.run();
            String error = settle(migration);
            if (error != null) {
                server.stats().countError(error);
            }
            answer(call.reply(), error);
        }
    }

    private void serialize(
            Call call, Migration migration, boolean replace, int firstKey, int keys) {
        Request args = call.args();
        boolean compress = server.config().snapshots.rdbCompression.get();
        long room = server.memory().spareBytes() - bytesUnderWay;
        for (int i = firstKey; i < firstKey + keys; i++) {
            int cell = call.read(i);
            if (cell == 0) {
                continue;
            }
            DumpPayload payload = serialized.of(call.db(), cell, compress);
            room -= payload.length();
            if (room < 0) {
                throw TOO_MUCH;
            }
            long deadline = call.db().deadline(cell);
            long ttl = deadline < 0 ? 0 : Math.max(1, deadline - call.now());
            RequestEncoder command = new RequestEncoder(payload.length() + args.length(i) + 96);
            command.begin(replace ? 5 : 4)
                    .arg(RESTORE)
                    .arg(args, i)
                    .arg(ttl)
                    .arg(payload.array(), 0, payload.length());
            if (replace) {
                command.arg(REPLACE);
            }
            migration.add(args.copy(i), command.bytes());
            migration.bytes += payload.length();
        }
    }

    private void send(Migration migration) {
        for (Migration.Item item : migration.items) {
            underWay.putIfAbsent(name(item.name, 0, item.name.length), item);
        }
        bytesUnderWay += migration.bytes;
        migration.client.block = Client.Block.MIGRATION;
        server.pushes().hold(migration.client);
        try {
            ThreadStart.guard(() -> threads.execute(() -> exchange(migration)));
        } catch (IOException e) {
            LOG.warn("MIGRATE: {}", e.getMessage());
            migration.exchange.notBegun();
            server.executor().submitBetweenCommands(() -> answered(migration));
        }
    }

    /** On a thread of its own. */
    private void exchange(Migration migration) {
        migration.exchange.run();
        server.executor().submitBetweenCommands(() -> answered(migration));
    }

    // ---- meanwhile ----

    /** Whether any key is under way. */
    boolean any() {
        return !underWay.isEmpty();
    }

    /** Whether a command has to wait, because it could change a key that is under way. */
    boolean holdsBack(Client client, Command command, Request request) {
        if (underWay.isEmpty() || client.isMaster) {
            return false;
        }
        Transaction transaction = client.transaction;
        if (transaction == null) {
            return couldChange(command, request);
        }
        if (command.name().equals("exec")) {
            for (int i = 0; i < transaction.count(); i++) {
                if (couldChange(transaction.command(i), transaction.request(i))) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean couldChange(Command command, Request request) {
        if ((command.flagMask(server, request) & MAY_WRITE) == 0) {
            return false;
        }
        List<CommandKeys.Key> keys = CommandKeys.of(command, request, 0);
        if (keys == null) {
            return false;
        }
        for (CommandKeys.Key key : keys) {
            int arg = key.argument();
            if (underWay.containsKey(
                    name(request.array(), request.offset(arg), request.length(arg)))) {
                return true;
            }
        }
        return false;
    }

    /** A key was changed or removed. */
    void touched(int database, byte[] array, int offset, int length) {
        Migration.Item item = underWay.get(name(array, offset, length));
        if (item != null && item.migration.database == database) {
            item.changed = true;
        }
    }

    /** A database holds other keys now than before. */
    void touched(int database) {
        for (Migration.Item item : underWay.values()) {
            if (item.migration.database == database) {
                item.changed = true;
            }
        }
    }

    private static String name(byte[] array, int offset, int length) {
        return new String(array, offset, length, StandardCharsets.ISO_8859_1);
    }

    // ---- afterwards ----

    private void answered(Migration migration) {
        if (server.isPausedForWrites() && !migration.copies) {
            postponed.add(migration);
        } else {
            end(migration);
        }
    }

    /** A pause has ended: keys may be removed again. */
    void pauseEnded() {
        for (int i = postponed.size(); i > 0; i--) {
            Migration migration = postponed.poll();
            server.executor().submitBetweenCommands(() -> answered(migration));
        }
    }

    private void end(Migration migration) {
        bytesUnderWay -= migration.bytes;
        Client client = migration.client;
        server.executor().turnBegins();
        for (Migration.Item item : migration.items) {
            underWay.remove(name(item.name, 0, item.name.length), item);
        }
        String error = settle(migration);
        server.changes().commit();
        if (error != null) {
            server.stats().countError(error);
            client.lastCommand.stats.failedCalls++;
        }
        if (!client.closed) {
            client.writeOffset = server.replication().offset();
            client.lastInteractionMillis = server.clock().millis();
            if (!migration.silent) {
                server.executor().replyTo(client, reply -> answer(reply, error));
            }
            server.clients().unblock(client);
        }
        server.blockedKeys().serve();
        server.replication().feed();
        server.pauses().lookAgain();
    }

    private static void answer(ReplyBuffer reply, String error) {
        if (error == null) {
            reply.ok();
        } else {
            reply.error(error);
        }
    }

    /** Removes what the target has acknowledged; returns the error to reply, or null. */
    private String settle(Migration migration) {
        Exchange exchange = migration.exchange;
        if (migration.copies) {
            return exchange.error();
        }
        String error = exchange.error();
        List<Migration.Item> removed = new ArrayList<>();
        for (int i = 0; i < migration.items.size(); i++) {
            Migration.Item item = migration.items.get(i);
            if (exchange.isAcknowledged(i) && !remove(item, removed) && error == null) {
                error = kept(item);
            }
        }
        if (!removed.isEmpty()) {
            server.dirty(removed.size());
            RequestEncoder del =
                    server.changes().stage(migration.database, removed.size() + 1).arg(DEL);
            for (Migration.Item item : removed) {
                del.arg(item.name);
            }
        }
        return error;
    }

    /** Removes a key that has arrived elsewhere; false if it must be kept, since it is another one by now. */
    private boolean remove(Migration.Item item, List<Migration.Item> removed) {
        Migration migration = item.migration;
        byte[] name = item.name;
        Database db = server.keyspace().database(migration.database);
        int cell = db.find(name, 0, name.length);
        if (cell == 0) {
            return true;
        }
        if (item.changed || isReadOnly()) {
            return false;
        }
        db.delete(cell);
        Client by = migration.client;
        server.expiry().changed(by, migration.database, name, 0, name.length);
        server.signals().modified(by, migration.database, name, 0, name.length);
        server.events()
                .publish(EventClass.GENERIC, "del", migration.database, name, 0, name.length);
        removed.add(item);
        return true;
    }

    private boolean isReadOnly() {
        return server.replication().isReplica() && server.config().replication.readOnly.get();
    }

    private static String kept(Migration.Item item) {
        return "ERR the target has got the key "
                + Quoted.of(item.name, 0, Math.min(item.name.length, KEY_BYTES_SHOWN))
                + ", but it was changed here meanwhile: it is kept, and the target has what it was before";
    }
}
