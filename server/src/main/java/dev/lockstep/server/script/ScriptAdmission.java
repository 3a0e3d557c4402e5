package dev.lockstep.server.script;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.CommandException;

/** Whether a script may run now, by what it says of itself. */
final class ScriptAdmission {
    private static final CommandException STALE =
            new CommandException(
                    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not"
                            + " set on the script.");
    private static final CommandException WRITES_READ_ONLY =
            new CommandException(
                    "ERR Can not execute a script with write flag using *_ro command.");
    private static final CommandException READONLY =
            new CommandException(
                    "READONLY Can not run script with write flag on readonly replica.");
    private static final CommandException OOM =
            new CommandException(
                    "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'");

    private ScriptAdmission() {}

    /**
     * Lets a script run, or throws why not.
     *
     * @param readOnlyCommand whether the command that calls it may change nothing
     */
    static ScriptRun admit(
            LockstepServer server,
            Call call,
            String name,
            boolean isFunction,
            int flags,
            boolean readOnlyCommand) {
        Client client = call.client();
        boolean declared = (flags & ScriptFlags.UNDECLARED) == 0;
        boolean writes = (flags & ScriptFlags.NO_WRITES) == 0;
        boolean lacksMemory =
                call.isNested()
                        ? server.memory().isShortInTransaction()
                        : !server.memory().makeRoom();
        if (!declared && server.replication().isStale()) {
            throw new CommandException(ErrorReplies.MASTERDOWN);
        }
        if (declared && !client.isMaster) {
            if ((flags & ScriptFlags.ALLOW_STALE) == 0 && server.replication().isStale()) {
                throw STALE;
            }
            if (writes) {
                if (readOnlyCommand) {
                    throw WRITES_READ_ONLY;
                }
                refuseWrites(server);
            }
            if (writes && lacksMemory && (flags & ScriptFlags.ALLOW_OOM) == 0) {
                throw OOM;
            }
        }
        return new ScriptRun(
                name,
                isFunction,
                readOnlyCommand || !writes,
                (flags & ScriptFlags.ALLOW_OOM) != 0,
                lacksMemory,
                call);
    }

    private static void refuseWrites(LockstepServer server) {
        if (server.replication().isReplica() && server.config().replication.readOnly.get()) {
            throw READONLY;
        }
        String diskRefusal = server.executor().diskRefusal();
        if (diskRefusal != null) {
            throw new CommandException(diskRefusal);
        }
        if (!server.replication().isReplica() && !server.replication().hasEnoughGoodReplicas()) {
            throw new CommandException(ErrorReplies.NOREPLICAS);
        }
    }
}
