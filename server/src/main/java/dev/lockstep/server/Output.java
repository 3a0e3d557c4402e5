package dev.lockstep.server;

import dev.lockstep.protocol.ReplyBuffer;
import java.util.function.Consumer;

/**
 * The replies of the client that is being served: encoded into the executor's one buffer, sent together. Executor only.
 *
 * <p>A served client may be left for another one for a while, whose turn comes in between: what was encoded so far is sent
 * first, so the buffer never holds the replies of two.
 */
final class Output {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final LockstepServer server;
    private final ReplyBuffer buffer = new ReplyBuffer(BUFFER_BYTES, this::spill);
    private Client client;
    private boolean discards;

    Output(LockstepServer server) {
        this.server = server;
    }

    /** Where replies are encoded. */
    ReplyBuffer buffer() {
        return buffer;
    }

    /** The client that is being served, or null. */
    Client client() {
        return client;
    }

    /** Sends what is encoded; from now on replies go to this client, or nowhere if it is null. */
    void to(Client next) {
        send();
        client = next;
        if (next != null) {
            buffer.protocol(next.protocol);
        }
    }

    /** Sends what is encoded. */
    void send() {
        if (buffer.length() > 0) {
            spill(buffer.array(), 0, buffer.length());
            buffer.clear();
        }
    }

    /** Whether what goes beyond the buffer is dropped: nobody wants the reply that is being encoded. */
    boolean discards() {
        return discards;
    }

    void discards(boolean on) {
        discards = on;
    }

    private void spill(byte[] array, int offset, int length) {
        if (discards || client == null || client.isMaster) {
            return;
        }
        if (client.isReplica) {
            String command =
                    client.lastCommand == null ? "<unknown>" : client.lastCommand.fullName();
            server.replication().replicas().provokedReply(client, command);
        } else {
            server.stats().netOutputBytes += length;
            client.connection().send(array, offset, length);
        }
    }

    /** Replies to a client outside of its own requests: {@code writer} encodes into a buffer of the client's protocol. */
    void replyTo(Client other, Consumer<ReplyBuffer> writer) {
        if (other.closed || other.connection() == null || other.replyOff || other.replySkip) {
            return;
        }
        ReplyBuffer own =
                new ReplyBuffer(
                        256,
                        (array, offset, length) -> {
                            server.stats().netOutputBytes += length;
                            other.connection().send(array, offset, length);
                        });
        own.protocol(other.protocol);
        writer.accept(own);
        own.flush();
        other.connection().flush();
    }
}
