package dev.lockstep.server;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.Flag;
import java.util.ArrayList;
import java.util.List;

/** The commands that one client has queued since MULTI. Executor only. */
final class Transaction {
    /** About what a queued command takes beside its arguments. */
    private static final int COMMAND_BYTES = 200;

    /** What Redis adds for each argument in multi-mem. */
    private static final int ARGUMENT_BYTES = 8;

    /** Flags that EXEC has if any queued command has them. */
    private static final long OF_ANY =
            Flag.READONLY.bit()
                    | Flag.WRITE.bit()
                    | Flag.DENYOOM.bit()
                    | Flag.MAY_REPLICATE.bit()
                    | Flag.NO_ASYNC_LOADING.bit()
                    | Flag.MAY_END_ASYNC_LOADING.bit();

    /** Flags that EXEC loses unless every queued command has them. */
    private static final long OF_ALL = Flag.STALE.bit() | Flag.LOADING.bit();

    private final List<Command> commands = new ArrayList<>(2);
    private final List<Request> requests = new ArrayList<>(2);
    private long anyFlags;
    private long commonFlags = -1;
    private long argumentBytes;
    private boolean broken;

    /** The flags that decide whether a command of this client may run: EXEC stands for what it executes. */
    static long flags(LockstepServer server, Client client, Command command, Request request) {
        Transaction transaction = client.transaction;
        if (transaction == null || !command.name().equals("exec")) {
            return command.flagMask(server, request);
        }
        return (command.flagMask() | transaction.anyFlags & OF_ANY)
                & (transaction.commonFlags | ~OF_ALL);
    }

    /** Queues a copy of a request. */
    void add(LockstepServer server, Command command, Request request) {
        commands.add(command);
        requests.add(RequestCopy.of(request));
        long flags = command.flagMask(server, request);
        anyFlags |= flags;
        commonFlags &= flags;
        argumentBytes += argumentBytes(request);
    }

    static long argumentBytes(Request request) {
        return RequestCopy.argumentBytes(request) + (long) ARGUMENT_BYTES * request.argc();
    }

    /** A command could not be queued: EXEC will refuse all of them. */
    void breakUp() {
        broken = true;
    }

    boolean isBroken() {
        return broken;
    }

    int count() {
        return commands.size();
    }

    Command command(int i) {
        return commands.get(i);
    }

    Request request(int i) {
        return requests.get(i);
    }

    /** What CLIENT LIST shows as multi-mem. */
    long argumentBytes() {
        return argumentBytes;
    }

    /** About how much memory it takes. */
    long bytes() {
        return argumentBytes + (long) COMMAND_BYTES * commands.size();
    }
}
