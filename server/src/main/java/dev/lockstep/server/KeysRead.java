package dev.lockstep.server;

import dev.lockstep.keyspace.View;
import dev.lockstep.keyspace.ViewCursor;
import dev.lockstep.protocol.Glob;
import dev.lockstep.protocol.ReplyBuffer;
import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * One KEYS on a frozen view. It is walked twice, first to count and then to encode: the number of keys comes first in the
 * reply, and the view doesn't change in between, so the reply never has to be in memory as a whole.
 *
 * <p>Made and begun on the executor, run by the reader's thread.
 */
final class KeysRead {
    private static final int PIECE_BYTES = 256 * 1024;
    private static final int KEYS_PER_CHECK = 1024;

    private final Client client;
    private final int database;
    private final byte[] pattern;
    private View view;
    private long hiddenBefore;
    private volatile boolean abandoned;

    KeysRead(Client client, int database, byte[] pattern) {
        this.client = client;
        this.database = database;
        this.pattern = pattern;
    }

    Client client() {
        return client;
    }

    /** @param millis keys with an earlier deadline, in Unix milliseconds, are not there */
    void begin(View frozen, long millis) {
        view = frozen;
        hiddenBefore = millis;
    }

    /** Nobody wants the reply any more; any thread. */
    void abandon() {
        abandoned = true;
    }

    /** Encodes the reply, in pieces of bounded size. */
    void run(BiConsumer<KeysRead, byte[]> pieces) {
        ReplyBuffer reply =
                new ReplyBuffer(
                        ReplyBuffer.SPILL_BYTES + ReplyBuffer.DIRECT_BULK_BYTES,
                        (array, offset, length) -> cut(array, offset, length, pieces));
        reply.array(walk(null));
        walk(reply);
        reply.flush();
    }

    private void cut(byte[] array, int offset, int length, BiConsumer<KeysRead, byte[]> pieces) {
        int end = offset + length;
        for (int at = offset; at < end && !abandoned; at += PIECE_BYTES) {
            pieces.accept(this, Arrays.copyOfRange(array, at, Math.min(end, at + PIECE_BYTES)));
        }
    }

    private int walk(ReplyBuffer reply) {
        ViewCursor cursor = view.cursor(database);
        int count = 0;
        int seen = 0;
        while (cursor.next() && (++seen % KEYS_PER_CHECK != 0 || !abandoned)) {
            long deadline = cursor.deadline();
            if ((deadline < 0 || deadline >= hiddenBefore) && matches(cursor)) {
                count++;
                if (reply != null) {
                    reply.bulk(cursor.keyArray(), cursor.keyOffset(), cursor.keyLength());
                }
            }
        }
        return count;
    }

    private boolean matches(ViewCursor cursor) {
        return pattern.length == 1 && pattern[0] == '*'
                || Glob.matches(
                        pattern,
                        0,
                        pattern.length,
                        cursor.keyArray(),
                        cursor.keyOffset(),
                        cursor.keyLength(),
                        false);
    }
}
