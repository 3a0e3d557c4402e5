package dev.lockstep.server;

import dev.lockstep.protocol.ByteArray;
import dev.lockstep.protocol.ReplyBuffer;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends clients what is no reply to a request of theirs: messages of Pub/Sub and invalidations. Executor only.
 *
 * <p>What is for a client whose own command is running goes behind the reply of that. What is for others is flushed when
 * the event loop has been through all sockets that were ready, so that many messages leave in one write. CLIENT REPLY OFF
 * doesn't silence them.
 */
public final class Pushes {
    private final LockstepServer server;
    private ByteArray behindReply = new ByteArray(1024);
    private final List<Client> unflushed = new ArrayList<>();
    private final Runnable flush = this::flush;
    private Client served;
    private boolean isRunning;

    Pushes(LockstepServer server) {
        this.server = server;
    }

    /** What is sent to this client until {@link #commandEnds} waits for the reply. */
    void commandBegins(Client client) {
        if (served != client) {
            served = client;
        }
        isRunning = true;
    }

    /** What waits for the reply of a command that takes long, while others' run. */
    record Waiting(ByteArray behindReply, List<byte[]> invalidated) {}

    /** Others' commands are run in the middle of the running one. */
    Waiting putAside() {
        Waiting waiting = new Waiting(behindReply, server.tracking().putAside());
        behindReply = new ByteArray(64);
        isRunning = false;
        return waiting;
    }

    /** The long command goes on. */
    void goOn(Client client, Waiting waiting) {
        waiting.behindReply.append(behindReply.array(), 0, behindReply.length());
        behindReply = waiting.behindReply;
        server.tracking().goOn(waiting.invalidated);
        commandBegins(client);
    }

    /** The client whose command is running, or null. */
    public Client running() {
        return isRunning ? served : null;
    }

    /** The reply is complete: what had to wait for it follows. */
    void commandEnds(ReplyBuffer reply) {
        server.tracking().commandEnds(served);
        isRunning = false;
        if (behindReply.length() > 0) {
            reply.raw(behindReply.array(), 0, behindReply.length());
            behindReply.clear();
        }
    }

    /** Sends bytes, which are copied. */
    public void send(Client to, byte[] array, int offset, int length) {
        if (!accepts(to)) {
            return;
        }
        ByteArray waiting = waiting(to);
        if (waiting != null) {
            waiting.append(array, offset, length);
        } else if (server.executor().isServing(to)) {
            server.executor().replies().raw(array, offset, length);
        } else {
            to.connection().send(array, offset, length);
            sent(to, length);
        }
    }

    /** Sends a buffer that others are sent too: nothing is copied, and the buffer stays the caller's. */
    public void send(Client to, ByteBuf buffer) {
        int length = buffer.readableBytes();
        if (!accepts(to)) {
            return;
        }
        if (to == running() || to.heldPushes != null || server.executor().isServing(to)) {
            byte[] copy = new byte[length];
            buffer.getBytes(buffer.readerIndex(), copy);
            send(to, copy, 0, length);
        } else {
            to.connection().send(buffer.retainedDuplicate());
            sent(to, length);
        }
    }

    /** The reply of this client's command is sent in pieces: what comes meanwhile waits for the last. */
    void hold(Client client) {
        client.heldPushes = new ByteArray(64);
    }

    /** The last piece of the reply is on its way. */
    void release(Client client) {
        ByteArray held = client.heldPushes;
        client.heldPushes = null;
        if (held.length() > 0 && !client.closed) {
            client.connection().send(held.array(), 0, held.length());
            sent(client, held.length());
        }
    }

    /** What waits for the reply of this client's command, or null if it needn't wait. */
    private ByteArray waiting(Client to) {
        return to == running() ? behindReply : to.heldPushes;
    }

    private boolean accepts(Client to) {
        if (to.closed || to.closeAfterReply || to.overLimit) {
            return false;
        }
        ByteArray waiting = waiting(to);
        if (waiting != null) {
            server.clients().checkOutputLimit(to, waiting.length());
        }
        return !to.overLimit;
    }

    private void sent(Client to, int bytes) {
        server.stats().netOutputBytes += bytes;
        flushLater(to);
    }

    private void flushLater(Client client) {
        if (!client.flushPending) {
            client.flushPending = true;
            if (unflushed.isEmpty()) {
                server.executor().submit(flush);
            }
            unflushed.add(client);
        }
    }

    private void flush() {
        for (int i = 0; i < unflushed.size(); i++) {
            Client client = unflushed.get(i);
            client.flushPending = false;
            if (!client.closed) {
                client.connection().flush();
            }
        }
        unflushed.clear();
    }
}
