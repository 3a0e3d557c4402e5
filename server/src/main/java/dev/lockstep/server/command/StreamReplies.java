package dev.lockstep.server.command;

import dev.lockstep.keyspace.StreamCursor;
import dev.lockstep.keyspace.StreamId;
import dev.lockstep.keyspace.StreamValue;
import dev.lockstep.protocol.ReplyBuffer;

/** Encodes IDs and entries of streams as replies, straight from where they lie. */
final class StreamReplies {
    /** Up to so many entries are counted when they have been encoded, since the reply is kept as a whole until then. */
    private static final int MOST_DEFERRED = 256;

    private final StreamCursor cursor = new StreamCursor();
    private final StreamId scratch = new StreamId();
    private final byte[] text = new byte[StreamId.TEXT_BYTES_MAX];

    void id(Call call, StreamId id) {
        call.reply().bulk(text, 0, id.write(text, 0));
    }

    /** The entry that a cursor has gone to: its ID, and its fields with their values. */
    void entry(Call call, StreamCursor at) {
        ReplyBuffer reply = call.reply();
        reply.array(2);
        id(call, scratch.set(at.ms(), at.seq()));
        reply.array(2 * at.fields());
        while (at.nextField()) {
            call.bulk(at.field());
            call.bulk(at.value());
        }
    }

    /** The entry with an ID; false, and nothing, if there is none. */
    boolean entry(Call call, StreamValue stream, StreamId id) {
        if (!cursor.open(stream, id, id, false).next()) {
            return false;
        }
        entry(call, cursor);
        return true;
    }

    /** The first entry, or the last one; null if there is none. */
    void edge(Call call, StreamValue stream, boolean last) {
        stream.firstId(scratch);
        if (last) {
            stream.topId(scratch);
        }
        if (stream.size() == 0) {
            call.reply().nullBulk();
        } else {
            entry(call, stream, scratch);
        }
    }

    /** An ID and null, in place of an entry that is gone. */
    void gone(Call call, StreamId id) {
        call.reply().array(2);
        id(call, id);
        call.reply().nullArray();
    }

    /**
     * An array of the entries between two IDs, both included.
     *
     * @param most how many at most, or 0 for all
     */
    void range(
            Call call,
            StreamValue stream,
            StreamId from,
            StreamId to,
            long most,
            boolean backward) {
        ReplyBuffer reply = call.reply();
        boolean deferred = most > 0 && most <= MOST_DEFERRED;
        int mark = 0;
        long left = most;
        if (deferred) {
            mark = reply.deferArray();
        } else {
            long there = stream.count(from, to);
            left = most == 0 ? there : Math.min(most, there);
            reply.array((int) left);
        }
        long replied = 0;
        cursor.open(stream, from, to, backward);
        while (replied < left && cursor.next()) {
            entry(call, cursor);
            replied++;
        }
        if (deferred) {
            reply.endArray(mark, (int) replied);
        }
    }
}
