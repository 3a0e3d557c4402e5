package dev.lockstep.server.pubsub;

import dev.lockstep.protocol.ByteArray;
import dev.lockstep.server.Client;
import dev.lockstep.server.Pushes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * A message for any number of subscribers: an array of bulk strings, encoded once.
 *
 * <p>RESP3 clients get it as a push, RESP2 clients as an array: a difference of one byte. A small message is copied to
 * each subscriber. A large one is one buffer for each of the two protocols, which all subscribers share until the last has
 * taken it: what slow ones leave waiting takes memory once, though it counts for each one's output limit.
 */
final class PushMessage {
    private static final int SHARED_FROM_BYTES = 4096;
    private static final byte[] LINE_END = {'\r', '\n'};

    private final Pushes pushes;
    private final ByteArray encoded = new ByteArray(SHARED_FROM_BYTES);
    private byte[] largePayload;
    private int largeOffset;
    private int largeLength;

    PushMessage(Pushes pushes) {
        this.pushes = pushes;
    }

    /** Begins a message of so many elements; {@link #payload} is the last. */
    PushMessage begin(int elements) {
        encoded.clear();
        largePayload = null;
        encoded.append('*');
        encoded.append('0' + elements);
        encoded.crlf();
        return this;
    }

    PushMessage bulk(byte[] bytes) {
        return bulk(bytes, 0, bytes.length);
    }

    PushMessage bulk(Name name) {
        return bulk(name.array(), name.offset(), name.length());
    }

    PushMessage bulk(byte[] array, int offset, int length) {
        header(length);
        encoded.append(array, offset, length);
        encoded.crlf();
        return this;
    }

    /** The last element; the array must stay as it is until the message is sent. */
    PushMessage payload(byte[] array, int offset, int length) {
        if (length < SHARED_FROM_BYTES) {
            return bulk(array, offset, length);
        }
        header(length);
        largePayload = array;
        largeOffset = offset;
        largeLength = length;
        return this;
    }

    private void header(int length) {
        encoded.append('$');
        encoded.appendDecimal(length);
        encoded.crlf();
    }

    /** Sends it to all of them; returns how many they are. */
    int send(Iterable<Client> subscribers) {
        int count = 0;
        ByteBuf[] shared = largePayload == null ? null : new ByteBuf[2];
        for (Client client : subscribers) {
            boolean resp3 = client.protocol == 3;
            if (shared == null) {
                encoded.array()[0] = type(resp3);
                pushes.send(client, encoded.array(), 0, encoded.length());
            } else {
                int version = resp3 ? 1 : 0;
                if (shared[version] == null) {
                    shared[version] = large(resp3);
                }
                pushes.send(client, shared[version]);
            }
            count++;
        }
        if (shared != null) {
            release(shared);
        }
        return count;
    }

    private ByteBuf large(boolean resp3) {
        ByteBuf buffer =
                ByteBufAllocator.DEFAULT.directBuffer(
                        encoded.length() + largeLength + LINE_END.length);
        encoded.array()[0] = type(resp3);
        buffer.writeBytes(encoded.array(), 0, encoded.length());
        buffer.writeBytes(largePayload, largeOffset, largeLength);
        buffer.writeBytes(LINE_END);
        return buffer;
    }

    private void release(ByteBuf[] shared) {
        largePayload = null;
        for (ByteBuf buffer : shared) {
            if (buffer != null) {
                buffer.release();
            }
        }
    }

    private static byte type(boolean resp3) {
        return (byte) (resp3 ? '>' : '*');
    }
}
