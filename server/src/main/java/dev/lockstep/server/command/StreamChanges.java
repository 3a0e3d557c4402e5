package dev.lockstep.server.command;

import dev.lockstep.keyspace.StreamGroup;
import dev.lockstep.keyspace.StreamId;
import dev.lockstep.keyspace.StreamValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.Request;

/**
 * Passes on what becomes of consumer groups, in commands that give the same result wherever and whenever they are executed:
 * a delivery as XCLAIM with everything said, what was read without being pending as XGROUP SETID.
 */
final class StreamChanges {
    private static final byte[] XCLAIM = Call.word("XCLAIM");
    private static final byte[] XGROUP = Call.word("XGROUP");
    private static final byte[] SETID = Call.word("SETID");
    private static final byte[] CREATECONSUMER = Call.word("CREATECONSUMER");
    private static final byte[] ENTRIESREAD = Call.word("ENTRIESREAD");
    private static final byte[] TIME = Call.word("TIME");
    private static final byte[] RETRYCOUNT = Call.word("RETRYCOUNT");
    private static final byte[] FORCE = Call.word("FORCE");
    private static final byte[] JUSTID = Call.word("JUSTID");
    private static final byte[] LASTID = Call.word("LASTID");

    private final StringValue consumer = new StringValue();
    private final StreamId id = new StreamId();
    private final byte[] text = new byte[StreamId.TEXT_BYTES_MAX];
    private final byte[] lastText = new byte[StreamId.TEXT_BYTES_MAX];

    /**
     * An entry that is pending: with whom, since when, delivered how often.
     *
     * @param last the group's last ID
     */
    void claim(
            Call call,
            int keyArg,
            int groupArg,
            StreamValue stream,
            StreamGroup group,
            int entry,
            StreamId last) {
        if (!call.propagates()) {
            return;
        }
        stream.readName(group.consumerOf(entry), consumer);
        Request args = call.args();
        call.propagate(14)
                .arg(XCLAIM)
                .arg(args, keyArg)
                .arg(args, groupArg)
                .arg(consumer.array(), consumer.offset(), consumer.length())
                .arg(0)
                .arg(text, 0, group.id(entry, id).write(text, 0))
                .arg(TIME)
                .arg(group.deliveredAt(entry))
                .arg(RETRYCOUNT)
                .arg(group.deliveries(entry))
                .arg(FORCE)
                .arg(JUSTID)
                .arg(LASTID)
                .arg(lastText, 0, last.write(lastText, 0));
    }

    /** What a group has read, as it stands. */
    void setId(Call call, int keyArg, int groupArg, StreamGroup group) {
        if (call.propagates()) {
            Request args = call.args();
            call.propagate(7)
                    .arg(XGROUP)
                    .arg(SETID)
                    .arg(args, keyArg)
                    .arg(args, groupArg)
                    .arg(text, 0, group.lastId(id).write(text, 0))
                    .arg(ENTRIESREAD)
                    .arg(group.entriesRead());
        }
    }

    /** A consumer that was made. */
    void createConsumer(Call call, int keyArg, int groupArg, int consumerArg) {
        if (call.propagates()) {
            Request args = call.args();
            call.propagate(5)
                    .arg(XGROUP)
                    .arg(CREATECONSUMER)
                    .arg(args, keyArg)
                    .arg(args, groupArg)
                    .arg(args, consumerArg);
        }
    }
}
