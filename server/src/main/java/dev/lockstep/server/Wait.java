package dev.lockstep.server;

import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.Command;
import io.netty.util.concurrent.Future;

/**
 * What one client waits for in a blocking command. {@link BlockedClients} ends it when that doesn't come. Executor only.
 *
 * <p>The request is a copy, since the array it arrived in is used again meanwhile.
 */
abstract class Wait {
    final Client client;
    final Command command;
    final Request request;

    /** When the time is over, in Unix milliseconds; 0 if it never is. */
    final long endMillis;

    /** How long the command has run so far, without the waiting. */
    long spentNanos;

    /** What ends it in time, or null. */
    Future<?> timer;

    Wait(Call call, long endMillis) {
        this.client = call.client();
        this.command = call.command();
        this.request = RequestCopy.of(call.args());
        this.endMillis = endMillis;
    }

    /** Encodes the reply to a client whose time is over. */
    abstract void timeOut(ReplyBuffer reply);

    /** Takes it off the lists that it is on: the client waits no longer. */
    abstract void withdraw();
}
