package dev.lockstep.server;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.server.command.Call;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Ends the waiting of clients in blocking commands: when it is answered, when the time is over, by CLIENT UNBLOCK, or because
 * this server becomes a replica. Executor only.
 */
public final class BlockedClients {
    private final LockstepServer server;
    private int timed;

    BlockedClients(LockstepServer server) {
        this.server = server;
    }

    /** How many clients wait in a blocking command that has a timeout. */
    public int timedCount() {
        return timed;
    }

    /** Blocks a client: its further requests wait. */
    void block(Wait wait, Client.Block kind) {
        wait.client.block = kind;
        wait.client.wait = wait;
        if (wait.endMillis > 0) {
            timed++;
            long delay = Math.max(1, wait.endMillis - server.clock().millis());
            wait.timer = server.loop().schedule(() -> timeOver(wait), delay, TimeUnit.MILLISECONDS);
        }
    }

    /** A client whose request is executed again soon. */
    static final class TurnWait extends Wait {
        TurnWait(Call call) {
            super(call, 0);
        }

        @Override
        void timeOut(ReplyBuffer reply) {
            reply.nullBulk();
        }

        @Override
        void withdraw() {
            // nothing is kept of it
        }
    }

    /** Has the client's request executed again in a turn of its own, when no other command runs: not by what a socket brought. */
    public void inTurnOfItsOwn(Call call) {
        TurnWait wait = new TurnWait(call);
        block(wait, Client.Block.TURN);
        server.executor().submitBetweenCommands(() -> takeTurn(wait));
    }

    private void takeTurn(TurnWait wait) {
        if (wait.client.wait != wait) {
            return;
        }
        server.executor().turnBegins();
        server.executor().executeAgain(wait);
        server.blockedKeys().serve();
        server.replication().feed();
    }

    /** Not in the midst of a command that takes long: what it has done already may be what is waited for. */
    private void timeOver(Wait wait) {
        if (server.executor().isBusy()) {
            server.executor().submitBetweenCommands(() -> timeOver(wait));
            return;
        }
        if (wait.client.wait != wait) {
            return;
        }
        server.clock().update();
        answer(wait, wait::timeOut);
        server.replication().feed();
    }

    /** Answers a client, which goes on then. */
    void answer(Wait wait, Consumer<ReplyBuffer> reply) {
        server.executor().replyTo(wait.client, reply);
        server.executor().waited(wait, false);
        end(wait);
    }

    private void fail(Wait wait, String error) {
        server.stats().countError(error);
        server.executor().replyTo(wait.client, reply -> reply.error(error));
        server.executor().waited(wait, true);
        end(wait);
    }

    /** The client has got its reply: it goes on with what it sent meanwhile, in a turn of its own. */
    void end(Wait wait) {
        Client client = wait.client;
        forget(wait);
        client.lastInteractionMillis = server.clock().millis();
        client.endReplySkip();
        server.clients().unblock(client);
    }

    private void forget(Wait wait) {
        wait.client.wait = null;
        wait.withdraw();
        if (wait.timer != null) {
            wait.timer.cancel(false);
            wait.timer = null;
            timed--;
        }
    }

    void disconnected(Client client) {
        if (client.wait != null) {
            forget(client.wait);
        }
    }

    /**
     * CLIENT UNBLOCK: ends the waiting of a client, as if its time were over, or with an error.
     *
     * @return false if it doesn't wait in a blocking command
     */
    public boolean release(Client client, boolean withError) {
        Wait wait = client.wait;
        if (wait == null) {
            return false;
        }
        if (withError) {
            fail(wait, ErrorReplies.UNBLOCKED_BY_CLIENT);
        } else {
            answer(wait, wait::timeOut);
        }
        return true;
    }

    /** This server becomes a replica: what its clients wait for may never come. They are told, and closed. */
    public void releaseAll() {
        for (Client client : server.clients().snapshot()) {
            if (client.wait != null) {
                fail(client.wait, ErrorReplies.UNBLOCKED);
                server.clients().closeAfterReply(client);
            }
        }
    }
}
