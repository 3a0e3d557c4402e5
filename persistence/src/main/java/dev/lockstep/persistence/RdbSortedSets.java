package dev.lockstep.persistence;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Listpack;
import dev.lockstep.keyspace.MemberWalk;
import dev.lockstep.keyspace.Scores;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;

/** Sorted sets in an RDB. */
final class RdbSortedSets implements RdbValueFormat {
    private final SortedSetValue zset = new SortedSetValue();
    private final RdbString string = new RdbString();
    private final StringValue member = new StringValue();
    private final RdbString scoreText = new RdbString();
    private final StringValue score = new StringValue();

    @Override
    public void read(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        final Database database = RdbValues.building(entry, handler);
        zset.create(database, entry.keyArray(), entry.keyOffset(), entry.keyLength());
        switch (entry.type()) {
            case RdbFormat.TYPE_ZSET_LISTPACK:
                readListpack(entry, in);
                break;
            case RdbFormat.TYPE_ZSET_ZIPLIST:
                readZiplist(entry, in);
                break;
            default:
                readMembers(in, entry.type() == RdbFormat.TYPE_ZSET_2);
                break;
        }
        if (zset.deleteIfEmpty()) {
            handler.empty(entry);
        } else {
            handler.built(entry, zset.cell());
        }
    }

    private void readListpack(final RdbEntry entry, final RdbInput in) throws IOException {
        in.string(string, "a sorted set's listpack");
        string.detach();
        if (!Listpack.isValid(string.array(), string.offset(), string.length())
                || !zset.setListpack(string.array(), string.offset(), string.length())) {
            throw damaged("listpack", entry, in);
        }
    }

    private void readZiplist(final RdbEntry entry, final RdbInput in) throws IOException {
        in.string(string, "a sorted set's ziplist");
        string.detach();
        final byte[] array = string.array();
        final int at = string.offset();
        if (!Ziplist.isValid(array, at, string.length()) || Ziplist.count(array, at) % 2 != 0) {
            throw damaged("ziplist", entry, in);
        }
        int p = Ziplist.first(array, at);
        while (!Ziplist.isEnd(array, p)) {
            Ziplist.get(array, p, member);
            p = Ziplist.next(array, p);
            Ziplist.get(array, p, score);
            p = Ziplist.next(array, p);
            add(member.array(), member.offset(), member.length(), Scores.ofText(score), in);
        }
    }

    private static RdbException damaged(
            final String what, final RdbEntry entry, final RdbInput in) {
        return in.error(
                "Zset "
                        + what
                        + " integrity check failed: the sorted set '"
                        + entry.printableKey()
                        + "' is damaged");
    }

    private void readMembers(final RdbInput in, final boolean binaryScores) throws IOException {
        final long count = in.length("the number of a sorted set's members");
        zset.expect(count);
        for (long i = 0; i < count; i++) {
            in.string(string, "a member");
            string.detach();
            final double value = binaryScores ? in.doubleBinary("a score") : textScore(in);
            add(string.array(), string.offset(), string.length(), value, in);
        }
    }

    private double textScore(final RdbInput in) throws IOException {
        final int length = in.byteValue("a score");
        switch (length) {
            case RdbFormat.SCORE_NAN:
                return Double.NaN;
            case RdbFormat.SCORE_INFINITY:
                return Double.POSITIVE_INFINITY;
            case RdbFormat.SCORE_NEGATIVE_INFINITY:
                return Double.NEGATIVE_INFINITY;
            default:
                in.bytes(scoreText, length, "a score");
                score.slice(scoreText.array(), scoreText.offset(), scoreText.length());
                return Scores.ofText(score);
        }
    }

    private void add(
            final byte[] array,
            final int offset,
            final int length,
            final double value,
            final RdbInput in)
            throws IOException {
        if (Double.isNaN(value)) {
            throw in.error("a sorted set has a score that is not a number");
        }
        if (zset.find(array, offset, length)) {
            throw in.error("a sorted set has the same member twice");
        }
        zset.add(array, offset, length, value);
    }

    @Override
    public int type(final ViewCursor entry) {
        return entry.encoding() == ValueType.LISTPACK
                ? RdbFormat.TYPE_ZSET_LISTPACK
                : RdbFormat.TYPE_ZSET_2;
    }

    /** From the highest score down, as Redis does it. */
    @Override
    public void write(final ViewCursor entry, final RdbOutput out) throws IOException {
        if (entry.encoding() == ValueType.LISTPACK) {
            out.string(entry.valueArray(), entry.valueOffset(), entry.valueLength());
            return;
        }
        final long count = entry.elementCount();
        final MemberWalk members = entry.members();
        out.length(count);
        for (boolean more = members.seek(count - 1); more; more = members.previous()) {
            RdbValues.text(members.member(), out);
            out.longLittleEndian(Double.doubleToRawLongBits(members.score()));
        }
    }
}
