package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;

/** WAIT and WAITAOF: a client waits until others have what it wrote. */
final class WaitCommands {
    private static final CommandException ON_REPLICA =
            new CommandException(
                    "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is"
                            + " configured to be writable (which is not the default) writes to replicas are just local"
                            + " and are not propagated.");
    private static final CommandException AOF_ON_REPLICA =
            new CommandException(
                    "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just"
                            + " local and are not propagated.");
    private static final CommandException AOF_DISABLED =
            new CommandException(ErrorReplies.WAITAOF_WITHOUT_FILE);
    private static final CommandException LOCAL_OUT_OF_RANGE =
            new CommandException("ERR value is out of range, value must between 0 and 1");
    private static final CommandException MUST_BE_POSITIVE =
            new CommandException(ErrorReplies.OUT_OF_RANGE_POSITIVE);

    private WaitCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("wait", WaitCommands::await)
                        .arity(3)
                        .flags(Flag.BLOCKING)
                        .acl(Category.CONNECTION)
                        .tips("request_policy:all_shards", "response_policy:agg_min")
                        .docs(
                                "generic",
                                "3.0.0",
                                "O(1)",
                                "Waits until replicas have acknowledged this connection's writes.")
                        .syntax("numreplicas:integer timeout:integer"),
                command("waitaof", WaitCommands::awaitAof)
                        .arity(4)
                        .flags(Flag.BLOCKING)
                        .acl(Category.CONNECTION)
                        .tips("request_policy:all_shards", "response_policy:agg_min")
                        .docs(
                                "generic",
                                "7.2.0",
                                "O(1)",
                                "Waits until this connection's writes are in append-only files.")
                        .syntax("numlocal:integer numreplicas:integer timeout:integer"));
    }

    private static void await(Call call) {
        LockstepServer server = call.server();
        if (server.replication().isReplica()) {
            throw ON_REPLICA;
        }
        long replicas = call.longArg(1);
        long endMillis = Timeouts.endOfMillis(call, 2);
        Client client = call.client();
        int acknowledged = server.replication().acknowledgedBy(client.writeOffset);
        if (acknowledged >= replicas || !call.mayBlock()) {
            call.reply().integer(acknowledged);
            return;
        }
        int wanted = (int) Math.min(replicas, Integer.MAX_VALUE);
        server.replicaWaits().add(call, wanted, endMillis);
    }

    private static void awaitAof(Call call) {
        LockstepServer server = call.server();
        long local = call.longArg(1);
        if (local < 0 || local > 1) {
            throw LOCAL_OUT_OF_RANGE;
        }
        long replicas = call.longArg(2);
        if (replicas < 0) {
            throw MUST_BE_POSITIVE;
        }
        long endMillis = Timeouts.endOfMillis(call, 3);
        if (server.replication().isReplica()) {
            throw AOF_ON_REPLICA;
        }
        if (local > 0 && !server.aof().isEnabled()) {
            throw AOF_DISABLED;
        }
        Client client = call.client();
        int inFiles = server.replication().inFilesOf(client.writeOffset);
        boolean inFileHere = server.aof().isEnabled() && server.aof().holds(client.writeOffset);
        if (inFiles >= replicas && (inFileHere || local == 0) || !call.mayBlock()) {
            call.reply().array(2);
            call.reply().integer(inFileHere ? 1 : 0);
            call.reply().integer(inFiles);
            return;
        }
        int wanted = (int) Math.min(replicas, Integer.MAX_VALUE);
        server.replicaWaits().addForFiles(call, local > 0, wanted, endMillis);
    }
}
