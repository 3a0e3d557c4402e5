package dev.lockstep.server;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.acl.AclLog;
import dev.lockstep.server.acl.Denied;
import dev.lockstep.server.command.Command;

/**
 * MULTI, EXEC and DISCARD: queueing the commands of a client, and executing them in one turn in which no other client gets a
 * word in. Executor only.
 */
public final class Transactions {
    private static final String ABORTED_PREFIX = "EXECABORT Transaction discarded because of: ";

    private static final String REVOKED_PREFIX =
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command"
                    + " is no longer allowed for the following reason: ";

    /** All queued commands may take one of so many parts of the heap. */
    private static final int HEAP_SHARE = 16;

    private final LockstepServer server;
    private long bytes;

    Transactions(LockstepServer server) {
        this.server = server;
    }

    /** What all queued commands take. */
    long bytes() {
        return bytes;
    }

    /** Whether more commands may be queued: they are no data, and {@code maxmemory} doesn't limit them. */
    boolean hasRoom() {
        return bytes < server.memory().heapBytes() / HEAP_SHARE;
    }

    /** Whether a client has begun a transaction. */
    public boolean isOpen(Client client) {
        return client.transaction != null;
    }

    public void begin(Client client) {
        client.transaction = new Transaction();
    }

    /** Queues a command; one of a transaction that can't succeed any more needn't be kept. */
    void queue(Client client, Command command, Request request) {
        Transaction transaction = client.transaction;
        if (!transaction.isBroken() && !server.watchedKeys().haveChanged(client)) {
            bytes -= transaction.bytes();
            transaction.add(server, command, request);
            bytes += transaction.bytes();
        }
    }

    /** Ends a transaction, if one is open; nothing is watched any more. */
    public void discard(Client client) {
        if (client.transaction != null) {
            bytes -= client.transaction.bytes();
            client.transaction = null;
        }
        server.watchedKeys().unwatch(client);
    }

    /**
     * Executes the commands of the open transaction, and replies what each of them does; or doesn't, if a watched key has
     * changed or a command could not be queued.
     */
    public void execute(Client client, ReplyBuffer reply) {
        Transaction transaction = client.transaction;
        if (transaction.isBroken()) {
            server.stats().countError(ErrorReplies.EXECABORT);
            reply.error(ErrorReplies.EXECABORT);
        } else if (server.watchedKeys().haveChanged(client)
                || server.watchedKeys().haveExpired(client)) {
            reply.nullArray();
        } else {
            server.watchedKeys().unwatch(client);
            server.memory().transactionBegins();
            reply.array(transaction.count());
            for (int i = 0; i < transaction.count(); i++) {
                Command command = transaction.command(i);
                Request request = transaction.request(i);
                Denied denied =
                        server.acl().refuses(client, command, request, AclLog.Context.MULTI);
                if (denied == null) {
                    server.executor().runQueued(client, command, request);
                } else {
                    String error = REVOKED_PREFIX + reason(denied);
                    server.stats().countError(error);
                    reply.error(error);
                }
            }
        }
        discard(client);
    }

    private static String reason(Denied denied) {
        return switch (denied) {
            case COMMAND -> "no permission to execute the command or subcommand";
            case KEY -> "no permission to touch the specified keys";
            case CHANNEL -> "no permission to access one of the channels used as arguments";
            case AUTH -> throw new IllegalArgumentException("no refusal of a command");
        };
    }

    /** EXEC itself is refused: so is what it would have executed. Returns the error to reply. */
    String abort(Client client, String reason) {
        discard(client);
        return ABORTED_PREFIX + (reason.startsWith("ERR ") ? reason.substring(4) : reason);
    }
}
