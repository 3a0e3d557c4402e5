package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.replication.Failover;
import dev.lockstep.server.replication.Replication;

/** FAILOVER: hands the master's role over to a replica. */
final class FailoverCommand {
    private static final byte[] ABORT = Call.word("abort");
    private static final byte[] TIMEOUT = Call.word("timeout");
    private static final byte[] TO = Call.word("to");
    private static final byte[] FORCE = Call.word("force");

    private static final CommandException TIMEOUT_NOT_POSITIVE =
            new CommandException("ERR FAILOVER timeout must be greater than 0");
    private static final CommandException NONE_IN_PROGRESS =
            new CommandException("ERR No failover in progress.");
    private static final CommandException IN_PROGRESS =
            new CommandException("ERR FAILOVER already in progress.");
    private static final CommandException ON_REPLICA =
            new CommandException("ERR FAILOVER is not valid when server is a replica.");
    private static final CommandException NO_REPLICAS =
            new CommandException("ERR FAILOVER requires connected replicas.");
    private static final CommandException FORCE_WITHOUT_TARGET =
            new CommandException(
                    "ERR FAILOVER with force option requires both a timeout and target HOST and IP.");
    private static final CommandException NOT_A_REPLICA =
            new CommandException("ERR FAILOVER target HOST and PORT is not a replica.");
    private static final CommandException NOT_ONLINE =
            new CommandException("ERR FAILOVER target replica is not online.");

    private FailoverCommand() {}

    static void register(CommandTable table) {
        table.add(
                command("failover", FailoverCommand::failover)
                        .arity(-1)
                        .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.STALE)
                        .docs(
                                "server",
                                "6.2.0",
                                "O(1)",
                                "Hands the role of the master over to one of its replicas.")
                        .syntax(
                                "[TO target{host port:integer [FORCE]}] [ABORT]"
                                        + " [TIMEOUT milliseconds:integer]"));
    }

    private static void failover(Call call) {
        Request args = call.args();
        Replication replication = call.server().replication();
        Failover failover = replication.failover();
        String host = null;
        int port = 0;
        long timeoutMillis = 0;
        boolean force = false;
        boolean abort = false;
        for (int i = 1; i < args.argc(); i++) {
            if (args.argc() == 2 && args.is(i, ABORT)) {
                abort = true;
            } else if (args.is(i, TIMEOUT) && i + 1 < args.argc() && timeoutMillis == 0) {
                timeoutMillis = call.longArg(++i);
                if (timeoutMillis <= 0) {
                    throw TIMEOUT_NOT_POSITIVE;
                }
            } else if (args.is(i, TO) && i + 2 < args.argc() && host == null) {
                host = args.text(i + 1);
                port = (int) call.longArg(i + 2);
                i += 2;
            } else if (args.is(i, FORCE) && !force) {
                force = true;
            } else {
                throw Call.SYNTAX;
            }
        }
        if (abort) {
            if (!failover.isUnderWay()) {
                throw NONE_IN_PROGRESS;
            }
            failover.abort("Failover manually aborted");
            call.reply().ok();
            return;
        }
        refuse(replication, host, port, timeoutMillis, force);
        failover.start(host, port, timeoutMillis, force);
        call.reply().ok();
    }

    private static void refuse(
            Replication replication, String host, int port, long timeoutMillis, boolean force) {
        Failover failover = replication.failover();
        if (failover.isUnderWay()) {
            throw IN_PROGRESS;
        }
        if (replication.isReplica()) {
            throw ON_REPLICA;
        }
        if (replication.replicas().count() == 0) {
            throw NO_REPLICAS;
        }
        if (force && (timeoutMillis == 0 || host == null)) {
            throw FORCE_WITHOUT_TARGET;
        }
        if (host != null && !failover.isReplica(host, port)) {
            throw NOT_A_REPLICA;
        }
        if (host != null && !failover.isOnline(host, port)) {
            throw NOT_ONLINE;
        }
    }
}
