package dev.lockstep.server.tracking;

import dev.lockstep.protocol.ByteArray;
import dev.lockstep.server.Client;
import dev.lockstep.server.pubsub.Name;
import java.nio.charset.StandardCharsets;
import java.util.Collection;

/**
 * A message that says which keys a client should drop from its cache, encoded once for any number of clients.
 *
 * <p>It has two forms, with the same payload, an array of keys or null for all of them:
 *
 * <pre>
 * >2 invalidate payload                        to RESP3 clients
 * *3 message __redis__:invalidate payload      to RESP2 clients that are subscribed, as if it were published
 * </pre>
 */
final class Invalidation {
    private static final byte[] PUSH = ascii(">2\r\n$10\r\ninvalidate\r\n");
    private static final byte[] MESSAGE =
            ascii("*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n");
    private static final byte[] NULL_2 = ascii("$-1\r\n");
    private static final byte[] NULL_3 = ascii("_\r\n");

    private final ByteArray payload = new ByteArray(256);
    private final ByteArray push = new ByteArray(256);
    private final ByteArray message = new ByteArray(256);

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Of one key. */
    Invalidation of(byte[] array, int offset, int length) {
        begin(1);
        key(array, offset, length);
        return this;
    }

    /** Of several keys. */
    Invalidation of(Collection<Name> keys) {
        begin(keys.size());
        for (Name name : keys) {
            key(name.array(), name.offset(), name.length());
        }
        return this;
    }

    /** Of all keys, for a client that speaks this version of the protocol, whoever is told in its place. */
    Invalidation ofAll(int protocol) {
        clear();
        payload.append(protocol == 3 ? NULL_3 : NULL_2);
        return this;
    }

    private void begin(int keys) {
        clear();
        payload.append('*');
        payload.appendDecimal(keys);
        payload.crlf();
    }

    private void key(byte[] array, int offset, int length) {
        payload.append('$');
        payload.appendDecimal(length);
        payload.crlf();
        payload.append(array, offset, length);
        payload.crlf();
    }

    private void clear() {
        payload.clear();
        push.clear();
        message.clear();
    }

    /** The bytes for a client; {@link Client#protocol} says which form. */
    ByteArray bytesFor(Client client) {
        return client.protocol == 3 ? form(push, PUSH) : form(message, MESSAGE);
    }

    private ByteArray form(ByteArray form, byte[] head) {
        if (form.length() == 0) {
            form.append(head);
            form.append(payload.array(), 0, payload.length());
        }
        return form;
    }
}
