package dev.lockstep.server;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.acl.AccessControl;
import dev.lockstep.server.acl.AclLog;
import dev.lockstep.server.acl.Denied;
import dev.lockstep.server.acl.User;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.Flag;
import dev.lockstep.server.script.ScriptRunner;

/**
 * Why a command may not run now: memory, disk, replicas, role, loading. Asked on the executor before every command, in
 * Redis' order; the first reason wins.
 */
final class Admission {
    private static final long WRITE = Flag.WRITE.bit();
    private static final long MAY_REPLICATE = Flag.MAY_REPLICATE.bit();
    private static final long READONLY = Flag.READONLY.bit();
    private static final long DENYOOM = Flag.DENYOOM.bit();
    private static final long STALE = Flag.STALE.bit();
    private static final long LOADING = Flag.LOADING.bit();

    private static final long WHILE_SUBSCRIBED = Flag.WHILE_SUBSCRIBED.bit();
    private static final long PROTECTED = Flag.PROTECTED.bit();
    private static final String DEBUG_NOT_ALLOWED =
            "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a"
                    + " local connection, otherwise you need to set this option in the configuration file, and then"
                    + " restart the server.";

    private final LockstepServer server;

    Admission(LockstepServer server) {
        this.server = server;
    }

    /** The error to reply, or null. */
    String refusal(Client client, Command command, Request request) {
        if (client.isMaster) {
            return null;
        }
        long flags = Transaction.flags(server, client, command, request);
        boolean queues = client.transaction != null && !command.has(Flag.NOT_QUEUED);
        if ((flags & PROTECTED) != 0 && !allowsDebug(client)) {
            return DEBUG_NOT_ALLOWED;
        }
        if (!client.authenticated && !command.has(Flag.NO_AUTH) && !client.mayExecute(server)) {
            return ErrorReplies.NOAUTH;
        }
        if (queues && command.has(Flag.NO_MULTI)) {
            return "ERR Command not allowed inside a transaction";
        }
        User user = client.user;
        if (user != null && !user.isUnrestricted()) {
            String refusal = aclRefusal(client, command, request);
            if (refusal != null) {
                return refusal;
            }
        }
        if (server.executor().isBusy() && !command.has(Flag.ALLOW_BUSY)) {
            return server.isLoading() ? ErrorReplies.LOADING : server.scriptRunner().busyError();
        }
        if (queues && !server.transactions().hasRoom()) {
            return ErrorReplies.OOM;
        }
        server.memory().keepLimit();
        if (queues || (flags & (WRITE | DENYOOM)) != 0) {
            String refusal = writeRefusal(queues ? flags | DENYOOM : flags);
            if (refusal != null) {
                return refusal;
            }
            if ((flags & DENYOOM) != 0 && !hasRoomFor(client, command, request)) {
                return ErrorReplies.OOM;
            }
        }
        if ((flags & (WRITE | READONLY)) == 0 && command.name().equals("ping")) {
            // it fails too while the data can't be saved, so that what watches a server or a
            // replica learns of it
            String refusal = diskRefusal(server);
            if (refusal != null) {
                return refusal;
            }
        }
        if ((flags & WHILE_SUBSCRIBED) == 0 && client.isSubscribed() && client.protocol == 2) {
            return ErrorReplies.onlyPubSub(command.fullName());
        }
        if (client.isReplicaOrMonitor() && (flags & (WRITE | READONLY)) != 0) {
            return "ERR Replica can't interact with the keyspace";
        }
        if ((flags & STALE) == 0 && server.replication().isStale()) {
            return ErrorReplies.MASTERDOWN;
        }
        if (server.isLoading() && (flags & LOADING) == 0) {
            return ErrorReplies.LOADING;
        }
        if (server.replication().isHeldOffByLoad(flags)) {
            return ErrorReplies.LOADING;
        }
        return null;
    }

    /** The error that the running script gets if it may not call a command, or null. */
    String refusalInScript(ScriptRunner script, Command command, Request request) {
        Client client = script.client();
        if (command.has(Flag.NOSCRIPT) && !script.allowsAll()) {
            return "This Redis command is not allowed from script";
        }
        Denied denied = server.acl().refuses(client, command, request, AclLog.Context.LUA);
        if (denied != null) {
            return "ACL failure in script: " + AccessControl.message(denied, client.user, command);
        }
        long flags = command.flagMask();
        if ((flags & (WRITE | MAY_REPLICATE)) != 0 && script.isReadOnly()) {
            return "Write commands are not allowed from read-only scripts.";
        }
        if (client.isMaster) {
            return null;
        }
        if ((flags & WRITE) != 0 && !script.hasWritten()) {
            String refusal = writeRefusal(flags & ~DENYOOM);
            if (refusal != null) {
                return '-' + refusal;
            }
        }
        if ((flags & DENYOOM) != 0 && (script.lacksMemory() || !canKeepArguments(request))) {
            return '-' + ErrorReplies.OOM;
        }
        if ((flags & STALE) == 0 && server.replication().isStale()) {
            return "Can not execute the command on a stale replica";
        }
        return null;
    }

    /** Whether what a large request brings can be kept; with EXEC, what was queued. */
    private boolean hasRoomFor(Client client, Command command, Request request) {
        long bytes =
                client.transaction != null && command.has(Flag.NOT_QUEUED)
                        ? client.transaction.bytes()
                        : request.wireLength();
        return server.memory().canKeep(bytes);
    }

    private boolean canKeepArguments(Request request) {
        long bytes = 0;
        for (int i = 0; i < request.argc(); i++) {
            bytes += request.length(i);
        }
        return server.memory().canKeep(bytes);
    }

    private String aclRefusal(Client client, Command command, Request request) {
        AclLog.Context context =
                client.transaction == null ? AclLog.Context.TOPLEVEL : AclLog.Context.MULTI;
        Denied denied = server.acl().refuses(client, command, request, context);
        return denied == null
                ? null
                : "NOPERM " + AccessControl.message(denied, client.user, command);
    }

    private boolean allowsDebug(Client client) {
        return switch (server.config().security.enableDebugCommand.get()) {
            case YES -> true;
            case LOCAL -> client.isLocal();
            case NO -> false;
        };
    }

    private String writeRefusal(long flags) {
        if ((flags & DENYOOM) != 0 && !server.memory().makeRoom()) {
            return ErrorReplies.OOM;
        }
        if ((flags & WRITE) == 0) {
            return null;
        }
        String refusal = diskRefusal(server);
        if (refusal != null) {
            return refusal;
        }
        if (!server.replication().isReplica()) {
            if (!server.replication().hasEnoughGoodReplicas()) {
                return ErrorReplies.NOREPLICAS;
            }
        } else if (server.config().replication.readOnly.get()) {
            return ErrorReplies.READONLY;
        }
        return null;
    }

    /** Why writes are refused while the disk doesn't take the data, or null. */
    static String diskRefusal(LockstepServer server) {
        if (server.snapshots().deniesWrites()) {
            return ErrorReplies.MISCONF_RDB;
        }
        String error = server.aof().diskError();
        return error == null ? null : ErrorReplies.MISCONF_AOF_PREFIX + error;
    }
}
