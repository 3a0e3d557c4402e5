package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.acl.User;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * SORT and SORT_RO: the elements of a list, set or sorted set in an order of their own or by values that patterns find, and
 * for each of them what patterns find.
 */
final class SortCommands {
    private static final byte[] ASC = Call.word("asc");
    private static final byte[] DESC = Call.word("desc");
    private static final byte[] ALPHA = Call.word("alpha");
    private static final byte[] LIMIT = Call.word("limit");
    private static final byte[] STORE = Call.word("store");
    private static final byte[] BY = Call.word("by");
    private static final byte[] GET = Call.word("get");

    private static final CommandException NO_NUMBERS =
            new CommandException("ERR One or more scores can't be converted into double");

    private static final CommandException BY_DENIED =
            new CommandException(
                    "ERR BY option of SORT denied due to insufficient ACL permissions.");
    private static final CommandException GET_DENIED =
            new CommandException(
                    "ERR GET option of SORT denied due to insufficient ACL permissions.");

    private static final String COMPLEXITY =
            "O(N+M*log(M)) for N elements of which M are returned; O(N) where nothing is sorted.";
    private static final String SYNTAX =
            "key [BY pattern:pattern#1] [LIMIT limit{offset:integer count:integer}]"
                    + " [GET pattern:pattern#1 *] [order(ASC | DESC)] [sorting=ALPHA]";

    private final SortSource source = new SortSource();
    private final SortStore destination = new SortStore();
    private final StringValue found = new StringValue();
    private final StringValue nothing = new StringValue();

    // What a request asks for.
    private boolean descending;
    private boolean alpha;
    private boolean unsorted;
    private boolean mayReadAllKeys;
    private long limitStart;
    private long limitCount;
    private int store;
    private SortPattern by;
    private final List<SortPattern> gets = new ArrayList<>();

    private SortCommands() {
        nothing.clear();
    }

    static void register(CommandTable table) {
        SortCommands commands = new SortCommands();
        table.add(
                sorting("sort", call -> commands.sort(call, true))
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .keys(KeySpec.unknown("OW", "UPDATE"))
                        .docs(
                                "generic",
                                "1.0.0",
                                COMPLEXITY,
                                "Sorts the elements of a list, set or sorted set, and returns or stores them.")
                        .syntax(SYNTAX + " [STORE destination:key#2]"),
                sorting("sort_ro", call -> commands.sort(call, false))
                        .flags(Flag.READONLY)
                        .docs(
                                "generic",
                                "7.0.0",
                                COMPLEXITY,
                                "Returns the sorted elements of a list, set or sorted set.")
                        .syntax(SYNTAX));
    }

    private static Command sorting(String name, Command.Handler handler) {
        return command(name, handler)
                .arity(-2)
                .acl(Category.SET, Category.SORTEDSET, Category.LIST, Category.DANGEROUS)
                .keys(KeySpec.range(1, 0, 1, "RO", "ACCESS"), KeySpec.unknown("RO", "ACCESS"));
    }

    private void sort(Call call, boolean mayStore) {
        try {
            options(call, mayStore);
            source.open(call, call.read(1));
            boolean ordered = store != 0 || call.server().scriptRunner().isRunning();
            if (unsorted && ordered && source.type() == ValueType.SET) {
                orderAnyhow();
            }
            int size = source.size();
            int start = (int) Math.min(Math.max(limitStart, 0), size);
            int count = (int) Math.min(limitCount < 0 ? size : limitCount, size - start);
            SortItem[] items;
            if (unsorted) {
                items = source.range(start, count, descending);
            } else {
                SortItem[] all = source.range(0, size, false);
                weigh(call, all);
                Arrays.sort(all, descending ? order().reversed() : order());
                items = Arrays.copyOfRange(all, start, start + count);
            }
            if (store == 0) {
                reply(call, items);
            } else {
                destination.store(call, store, values(call, items));
            }
        } finally {
            by = null;
            gets.clear();
        }
    }

    /** A set has no order that is the same on a replica, so what is stored of one, or used by a script, must be sorted. */
    private void orderAnyhow() {
        unsorted = false;
        alpha = true;
        by = null;
    }

    private void options(Call call, boolean mayStore) {
        Request args = call.args();
        User user = call.client().user;
        mayReadAllKeys = user == null || user.mayReadAllKeys(call.command(), args);
        descending = false;
        alpha = false;
        unsorted = false;
        limitStart = 0;
        limitCount = -1;
        store = 0;
        for (int i = 2; i < args.argc(); i++) {
            int left = args.argc() - 1 - i;
            if (call.is(i, ASC)) {
                descending = false;
            } else if (call.is(i, DESC)) {
                descending = true;
            } else if (call.is(i, ALPHA)) {
                alpha = true;
            } else if (call.is(i, LIMIT) && left >= 2) {
                limitStart = call.longArg(++i);
                limitCount = call.longArg(++i);
            } else if (mayStore && call.is(i, STORE) && left >= 1) {
                store = ++i;
            } else if (call.is(i, BY) && left >= 1) {
                by = new SortPattern(args, ++i);
                unsorted |= by.isConstant();
                if (!by.isConstant() && !mayReadAllKeys) {
                    throw BY_DENIED;
                }
            } else if (call.is(i, GET) && left >= 1) {
                if (!mayReadAllKeys) {
                    throw GET_DENIED;
                }
                gets.add(new SortPattern(args, ++i));
            } else {
                throw Call.SYNTAX;
            }
        }
    }

    /** Finds what the items are ordered by, if that isn't themselves. */
    private void weigh(Call call, SortItem[] items) {
        boolean numbers = true;
        for (SortItem item : items) {
            if (by != null && !by.find(call, item, found)) {
                continue;
            }
            if (by == null) {
                found.slice(item.array, item.offset, item.length);
            }
            if (!alpha) {
                item.score = SortItem.number(found);
                numbers &= !Double.isNaN(item.score);
            } else if (by != null) {
                item.weight(found);
            }
        }
        if (!numbers) {
            throw NO_NUMBERS;
        }
    }

    /** What is stored is ordered by bytes, what is returned as C compares texts. */
    private Comparator<SortItem> order() {
        if (!alpha) {
            return SortItem.BY_SCORE;
        }
        if (by == null) {
            return store != 0 ? SortItem.BY_ELEMENT : SortItem.BY_ELEMENT_TEXT;
        }
        return store != 0 ? SortItem.BY_WEIGHT : SortItem.BY_WEIGHT_TEXT;
    }

    private void reply(Call call, SortItem[] items) {
        ReplyBuffer reply = call.reply();
        reply.array((long) items.length * Math.max(gets.size(), 1));
        for (SortItem item : items) {
            if (gets.isEmpty()) {
                reply.bulk(item.array, item.offset, item.length);
            }
            for (SortPattern get : gets) {
                if (get.find(call, item, found)) {
                    reply.bulk(found.array(), found.offset(), found.length());
                } else {
                    reply.nullBulk();
                }
            }
        }
    }

    /** What is to be stored: what a pattern doesn't find is empty. */
    private SortItem[] values(Call call, SortItem[] items) {
        if (gets.isEmpty()) {
            return items;
        }
        SortItem[] values = new SortItem[Math.multiplyExact(items.length, gets.size())];
        int count = 0;
        for (SortItem item : items) {
            for (SortPattern get : gets) {
                values[count++] = new SortItem(get.find(call, item, found) ? found : nothing);
            }
        }
        return values;
    }
}
