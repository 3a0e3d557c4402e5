package dev.lockstep.persistence;

import dev.lockstep.keyspace.ListBlockWalk;
import dev.lockstep.keyspace.ListValue;
import dev.lockstep.keyspace.Listpack;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;

/**
 * Lists in an RDB, from behind the key on.
 *
 * <pre>
 *   1  LIST              length count, { string element }
 *   10 LIST_ZIPLIST      string: a {@link Ziplist}
 *   14 LIST_QUICKLIST    length nodes, { string: a ziplist }
 *   18 LIST_QUICKLIST_2  length nodes, { length container, string }
 *                        container: 1 the string is one large element, 2 it is a listpack
 * </pre>
 *
 * Type 18 is written. A list becomes packed where Redis 7.2 would have it packed: one that is a ziplist as a whole it does not.
 */
final class RdbLists implements RdbValueFormat {
    private static final int PLAIN = 1;
    private static final int PACKED = 2;

    /** A block of one element of at least this length is written as that: larger than a block of any other list. */
    private static final int PLAIN_BYTES = 64 << 10;

    private static final String NODE = "a node of a list";

    private final ListValue list = new ListValue();
    private final RdbString string = new RdbString();
    private final StringValue element = new StringValue();
    private boolean begun;

    @Override
    public void read(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        begun = false;
        if (entry.type() == RdbFormat.TYPE_LIST_ZIPLIST) {
            in.string(string, "the ziplist of a list");
            addZiplist(entry, in, handler);
        } else {
            final long count = in.length("the length of a list");
            for (long i = 0; i < count; i++) {
                addNext(entry, in, handler, count == 1);
            }
            if (begun && list.encoding() != ValueType.LISTPACK) {
                list.loaded();
            }
        }
        if (begun) {
            handler.built(entry, list.cell());
        } else {
            handler.empty(entry);
        }
    }

    private void addNext(
            final RdbEntry entry, final RdbInput in, final RdbHandler handler, final boolean only)
            throws IOException {
        switch (entry.type()) {
            case RdbFormat.TYPE_LIST:
                in.string(string, "an element of a list");
                string.detach();
                begin(entry, handler);
                list.push(string.array(), string.offset(), string.length(), false);
                break;
            case RdbFormat.TYPE_LIST_QUICKLIST:
                in.string(string, NODE);
                addZiplist(entry, in, handler);
                break;
            default:
                addNode(entry, in, handler, only);
        }
    }

    private void addNode(
            final RdbEntry entry, final RdbInput in, final RdbHandler handler, final boolean only)
            throws IOException {
        final long container = in.length("the container of a node of a list");
        if (container != PLAIN && container != PACKED) {
            throw in.error(
                    "expected the container of a node of a list (1 or 2), found " + container);
        }
        in.string(string, NODE);
        string.detach();
        final byte[] array = string.array();
        final int at = string.offset();
        final int length = string.length();
        if (container == PLAIN) {
            if (length == 0) {
                throw damaged(entry, in);
            }
            begin(entry, handler);
            list.addBlockOfOne(array, at, length);
            return;
        }
        if (!Listpack.isValid(array, at, length)) {
            throw damaged(entry, in);
        }
        if (Listpack.isEnd(array, Listpack.first(array, at))) {
            return;
        }
        if (only) {
            createOf(entry, handler);
        } else {
            begin(entry, handler);
            list.addListpack(array, at, length);
        }
    }

    private void createOf(final RdbEntry entry, final RdbHandler handler) throws IOException {
        list.createOf(
                RdbValues.building(entry, handler),
                entry.keyArray(),
                entry.keyOffset(),
                entry.keyLength(),
                string.array(),
                string.offset(),
                string.length());
        begun = true;
    }

    /** A ziplist that is a node stays one block. */
    private void addZiplist(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        string.detach();
        final byte[] array = string.array();
        final int at = string.offset();
        if (!Ziplist.isValid(array, at, string.length())) {
            throw damaged(entry, in);
        }
        final int first = Ziplist.first(array, at);
        for (int p = first; !Ziplist.isEnd(array, p); p = Ziplist.next(array, p)) {
            Ziplist.get(array, p, element);
            begin(entry, handler);
            if (entry.type() == RdbFormat.TYPE_LIST_ZIPLIST) {
                list.push(element.array(), element.offset(), element.length(), false);
            } else if (p == first) {
                list.addBlockOfOne(element.array(), element.offset(), element.length());
            } else {
                list.addToLastBlock(element.array(), element.offset(), element.length());
            }
        }
    }

    private void begin(final RdbEntry entry, final RdbHandler handler) throws IOException {
        if (!begun) {
            begun = true;
            list.createBlocks(
                    RdbValues.building(entry, handler),
                    entry.keyArray(),
                    entry.keyOffset(),
                    entry.keyLength());
        }
    }

    private static RdbException damaged(final RdbEntry entry, final RdbInput in) {
        return in.error("the list '" + entry.printableKey() + "' is damaged");
    }

    @Override
    public int type(final ViewCursor entry) {
        return RdbFormat.TYPE_LIST_QUICKLIST_2;
    }

    @Override
    public void write(final ViewCursor entry, final RdbOutput out) throws IOException {
        if (entry.encoding() == ValueType.LISTPACK) {
            out.length(1);
            out.length(PACKED);
            out.string(entry.valueArray(), entry.valueOffset(), entry.valueLength());
            return;
        }
        out.length(entry.blocks().countRest());
        final ListBlockWalk blocks = entry.blocks();
        while (blocks.next()) {
            writeBlock(blocks.array(), blocks.offset(), out);
        }
    }

    private void writeBlock(final byte[] array, final int at, final RdbOutput out)
            throws IOException {
        final int bytes = Listpack.bytes(array, at);
        if (bytes > PLAIN_BYTES && Listpack.count(array, at) == 1) {
            Listpack.get(array, Listpack.first(array, at), element);
            out.length(PLAIN);
            out.string(element.array(), element.offset(), element.length());
        } else {
            out.length(PACKED);
            out.string(array, at, bytes);
        }
    }
}
