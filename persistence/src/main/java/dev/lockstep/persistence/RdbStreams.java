package dev.lockstep.persistence;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.GroupCursor;
import dev.lockstep.keyspace.Listpack;
import dev.lockstep.keyspace.StreamGroup;
import dev.lockstep.keyspace.StreamId;
import dev.lockstep.keyspace.StreamParts;
import dev.lockstep.keyspace.StreamValue;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;

/**
 * Streams in an RDB.
 *
 * <pre>
 *   stream    = length blocks, { string of 16 bytes: first ID, string: listpack }
 *               length entries, id last
 *               [ id first, id greatest deleted, length entries added ]               from version 2 on
 *               length groups, { group }
 *   group     = string name, id last delivered, [ length entries read ]               from version 2 on
 *               length pending, { 16 bytes: ID, 8 bytes: delivered at, length deliveries }
 *               length consumers, { consumer }
 *   consumer  = string name, 8 bytes: seen at, [ 8 bytes: active at ]                 version 3
 *               length pending, { 16 bytes: ID }
 *   id        = length ms, length seq
 *   16 bytes    an ID, big-endian; 8 bytes: Unix milliseconds, little-endian
 * </pre>
 *
 * Read are versions 1 to 3, written is version 2, which every Redis from 7.0 loads.
 */
final class RdbStreams implements RdbValueFormat {
    private static final int ID_BYTES = 16;

    private final StreamValue stream = new StreamValue();
    private final StreamGroup group = new StreamGroup();
    private final StreamId id = new StreamId();
    private final RdbString name = new RdbString();
    private final RdbString bytes = new RdbString();
    private final byte[] firstId = new byte[ID_BYTES];

    @Override
    public void read(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        final Database database = RdbValues.building(entry, handler);
        stream.create(database, entry.keyArray(), entry.keyOffset(), entry.keyLength());
        readBlocks(entry, in);
        readNumbers(entry, in);
        final long groups = in.length("the number of a stream's groups");
        for (long i = 0; i < groups; i++) {
            readGroup(entry, in);
        }
        handler.built(entry, stream.cell());
    }

    private RdbException damaged(final RdbEntry entry, final RdbInput in, final String what) {
        return in.error(what + " in the stream '" + entry.printableKey() + "'");
    }

    private void readBlocks(final RdbEntry entry, final RdbInput in) throws IOException {
        final long blocks = in.length("the number of a stream's blocks");
        for (long i = 0; i < blocks; i++) {
            in.string(bytes, "the first ID of a block");
            if (bytes.isInteger() || bytes.length() != ID_BYTES) {
                throw damaged(entry, in, "an ID that has not 16 bytes");
            }
            System.arraycopy(bytes.array(), bytes.offset(), firstId, 0, ID_BYTES);
            in.string(bytes, "the listpack of a block");
            bytes.detach();
            if (!stream.append(firstId, bytes.array(), bytes.offset(), bytes.length())) {
                throw damaged(entry, in, "Stream listpack integrity check failed: a damaged block");
            }
        }
    }

    private void readNumbers(final RdbEntry entry, final RdbInput in) throws IOException {
        if (in.unsignedLength("the length of a stream") != stream.size()) {
            throw damaged(entry, in, "a length other than that of its blocks");
        }
        readId(in);
        stream.setLastId(id);
        if (stream.size() > 0 && id.compareTo(stream.topId(new StreamId())) < 0) {
            throw damaged(entry, in, "a last ID below that of an entry");
        }
        if (entry.type() == RdbFormat.TYPE_STREAM_LISTPACKS) {
            stream.setEntriesAdded(stream.size());
            return;
        }
        readId(in);
        readId(in);
        stream.setGreatestDeletedId(id);
        stream.setEntriesAdded(in.unsignedLength("the number of entries ever added"));
    }

    private void readId(final RdbInput in) throws IOException {
        final long ms = in.unsignedLength("the milliseconds of an ID");
        id.set(ms, in.unsignedLength("the sequence number of an ID"));
    }

    private void readRawId(final RdbInput in) throws IOException {
        final long ms = Long.reverseBytes(in.longLittleEndian("an ID"));
        id.set(ms, Long.reverseBytes(in.longLittleEndian("an ID")));
    }

    private void readGroup(final RdbEntry entry, final RdbInput in) throws IOException {
        in.string(name, "the name of a group");
        name.detach();
        if (stream.findGroup(name.array(), name.offset(), name.length()) != 0) {
            throw damaged(entry, in, "a group that is there twice");
        }
        readId(in);
        final long entriesRead =
                entry.type() == RdbFormat.TYPE_STREAM_LISTPACKS
                        ? stream.entriesUpTo(id)
                        : in.unsignedLength("the number of entries read");
        group.open(stream, stream.addGroup(name.array(), name.offset(), name.length()));
        group.setLast(id, entriesRead);
        final long pending = in.length("the number of pending entries");
        for (long i = 0; i < pending; i++) {
            readRawId(in);
            final long deliveredAt = in.longLittleEndian("the time of a delivery");
            final long deliveries = in.unsignedLength("the number of deliveries");
            if (!group.addUnowned(id, deliveredAt, deliveries)) {
                throw damaged(entry, in, "an entry that is pending twice");
            }
        }
        final long consumers = in.length("the number of consumers");
        for (long i = 0; i < consumers; i++) {
            readConsumer(entry, in);
        }
        if (!group.isComplete()) {
            throw damaged(entry, in, "a pending entry without a consumer");
        }
    }

    private void readConsumer(final RdbEntry entry, final RdbInput in) throws IOException {
        in.string(name, "the name of a consumer");
        name.detach();
        final long seen = in.longLittleEndian("the time when a consumer was seen");
        final long active =
                entry.type() == RdbFormat.TYPE_STREAM_LISTPACKS_3
                        ? in.longLittleEndian("the time when a consumer was active")
                        : seen;
        if (group.findConsumer(name.array(), name.offset(), name.length()) != 0) {
            throw damaged(
                    entry,
                    in,
                    "Duplicate stream consumer detected: a consumer that is there twice");
        }
        final int consumer =
                group.addConsumer(name.array(), name.offset(), name.length(), seen, active);
        final long pending = in.length("the number of entries pending with a consumer");
        for (long i = 0; i < pending; i++) {
            readRawId(in);
            if (group.isOwned(id)) {
                throw damaged(
                        entry,
                        in,
                        "Stream consumer PEL entry already has a consumer assigned: one pending with two");
            }
            if (!group.own(consumer, id)) {
                throw damaged(entry, in, "an entry pending with a consumer and not in the group");
            }
        }
    }

    @Override
    public int type(final ViewCursor entry) {
        return RdbFormat.TYPE_STREAM_LISTPACKS_2;
    }

    @Override
    public void write(final ViewCursor entry, final RdbOutput out) throws IOException {
        final StreamParts parts = entry.stream();
        out.length(parts.blocks());
        while (parts.nextBlock()) {
            out.string(parts.blockArray(), parts.firstIdOffset(), ID_BYTES);
            final int listpack = parts.listpackOffset();
            out.string(parts.blockArray(), listpack, Listpack.bytes(parts.blockArray(), listpack));
        }
        out.length(parts.length());
        writeId(parts.lastId(id), out);
        writeId(parts.firstId(id), out);
        writeId(parts.greatestDeletedId(id), out);
        out.length(parts.entriesAdded());
        final GroupCursor groups = parts.groups();
        out.length(groups.groups());
        while (groups.nextGroup()) {
            writeGroup(groups, out);
        }
    }

    private static void writeId(final StreamId id, final RdbOutput out) throws IOException {
        out.length(id.ms());
        out.length(id.seq());
    }

    private static void writeRawId(final GroupCursor entry, final RdbOutput out)
            throws IOException {
        out.longLittleEndian(Long.reverseBytes(entry.ms()));
        out.longLittleEndian(Long.reverseBytes(entry.seq()));
    }

    private static void writeGroup(final GroupCursor group, final RdbOutput out)
            throws IOException {
        RdbValues.text(group.groupName(), out);
        out.length(group.lastMs());
        out.length(group.lastSeq());
        out.length(group.entriesRead());
        out.length(group.pending());
        while (group.nextPending()) {
            writeRawId(group, out);
            out.longLittleEndian(group.deliveredAt());
            out.length(group.deliveries());
        }
        out.length(group.consumers());
        while (group.nextConsumer()) {
            RdbValues.text(group.consumerName(), out);
            out.longLittleEndian(group.seen());
            out.length(group.pendingOfConsumer());
            while (group.nextPendingOfConsumer()) {
                writeRawId(group, out);
            }
        }
    }
}
