package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.MemoryLimitException;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;
import dev.lockstep.server.hyperloglog.ElementHash;
import dev.lockstep.server.hyperloglog.HyperLogLogLayout;
import dev.lockstep.server.hyperloglog.RegisterHistogram;
import dev.lockstep.server.hyperloglog.UnionRegisters;

/** Commands that estimate how many distinct elements there are. */
final class HyperLogLogCommands {
    private static final String GROUP = "hyperloglog";
    private static final String SINCE = "2.8.9";

    private final HyperLogLogValue value = new HyperLogLogValue();
    private final UnionRegisters union = new UnionRegisters();
    private final RegisterHistogram histogram = new RegisterHistogram();

    private HyperLogLogCommands() {}

    static void register(CommandTable table) {
        HyperLogLogCommands commands = new HyperLogLogCommands();
        table.add(
                command("pfadd", commands::pfadd)
                        .arity(-2)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.HYPERLOGLOG)
                        .key("RW", "INSERT")
                        .docs(
                                GROUP,
                                SINCE,
                                "O(1) for each element.",
                                "Adds elements to a HyperLogLog, which is made if there is none.")
                        .syntax("key [element ...]"),
                command("pfcount", commands::pfcount)
                        .arity(-2)
                        .flags(Flag.READONLY, Flag.MAY_REPLICATE)
                        .acl(Category.HYPERLOGLOG)
                        .keys(KeySpec.range(1, -1, 1, "RW", "ACCESS"))
                        .docs(
                                GROUP,
                                SINCE,
                                "O(1) for one key, mostly by what is cached; O(N) for N keys, with a large constant.",
                                "Estimates how many distinct elements HyperLogLogs have together.")
                        .syntax("key ..."),
                command("pfmerge", commands::pfmerge)
                        .arity(-2)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.HYPERLOGLOG)
                        .keys(
                                KeySpec.range(1, 0, 1, "RW", "ACCESS", "INSERT"),
                                KeySpec.range(2, -1, 1, "RO", "ACCESS"))
                        .docs(
                                GROUP,
                                SINCE,
                                "O(N) for N keys, with a large constant.",
                                "Adds the elements of HyperLogLogs to another one.")
                        .syntax("destkey:key [sourcekey:key ...]"),
                command("pfselftest", HyperLogLogSelfTest::run)
                        .arity(1)
                        .flags(Flag.ADMIN)
                        .acl(Category.HYPERLOGLOG)
                        .system()
                        .docs(GROUP, SINCE, "N/A", "Tests the HyperLogLogs of this server."));
        PfdebugCommand.register(table, commands.value);
    }

    // ---- PFADD ----

    private void pfadd(Call call) {
        int cell = call.write(1);
        int changes = 0;
        if (cell == 0) {
            value.create(call, 1);
            changes++;
        } else {
            value.open(call, 1, cell);
        }
        try {
            int argc = call.args().argc();
            for (int i = 2; i < argc; i++) {
                changes += add(call.args(), i) ? 1 : 0;
            }
        } finally {
            if (changes > 0) {
                changed(call);
                call.changed(changes - 1);
            }
        }
        call.reply().integer(changes > 0 ? 1 : 0);
    }

    private boolean add(Request args, int i) {
        long hash = ElementHash.of(args.array(), args.offset(i), args.length(i));
        value.rewind();
        return value.raise(ElementHash.register(hash), ElementHash.rank(hash));
    }

    // ---- PFCOUNT ----

    /** One key alone keeps its estimate, which is a change that replicas are told of. */
    private void pfcount(Call call) {
        if (call.args().argc() > 2) {
            unite(call);
            call.reply().integer(histogram.cardinality(union));
            return;
        }
        int cell = call.read(1);
        if (cell == 0) {
            call.reply().integer(0);
            return;
        }
        value.open(call, 1, cell);
        if (value.knowsCardinality()) {
            call.reply().integer(value.knownCardinality());
            return;
        }
        long estimate = value.estimate();
        if (keep(estimate)) {
            call.modified(1);
        }
        call.reply().integer(estimate);
    }

    /** Notes an estimate, unless a view makes that take memory which there is none of. */
    private boolean keep(long estimate) {
        try {
            value.cardinality(estimate);
            return true;
        } catch (MemoryLimitException e) {
            return false;
        }
    }

    /** Merges the HyperLogLogs of all keys in {@link #union}; whether one of them is dense. */
    private boolean unite(Call call) {
        boolean anyDense = false;
        union.clear();
        for (int i = 1; i < call.args().argc(); i++) {
            int cell = call.read(i);
            if (cell != 0) {
                value.open(call, i, cell);
                value.addTo(union);
                anyDense |= !value.isSparse();
            }
        }
        return anyDense;
    }

    // ---- PFMERGE ----

    private void pfmerge(Call call) {
        boolean anyDense = unite(call);
        int cell = call.write(1);
        if (cell == 0) {
            value.create(call, 1);
        } else {
            value.open(call, 1, cell);
        }
        if (anyDense && value.isSparse()) {
            value.makeDense();
        }
        for (int i = 0; i < HyperLogLogLayout.REGISTERS; i++) {
            if (union.get(i) > 0) {
                value.raise(i, union.get(i));
            }
        }
        changed(call);
        call.reply().ok();
    }

    /** Elements were added to the opened key, one by one or with another HyperLogLog: the same event either way. */
    private void changed(Call call) {
        value.outdateCardinality();
        call.modified(1);
        call.event(EventClass.STRING, "pfadd", 1);
    }
}
