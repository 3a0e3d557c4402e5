package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ListValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands that move an element from an end of a list to an end of a list, some of which wait until there is one. */
final class ListMoveCommands {
    private static final String GROUP = "list";
    private static final String COMPLEXITY = "O(1)";
    private static final byte[] LEFT = Call.word("left");
    private static final byte[] RIGHT = Call.word("right");
    private static final byte[] LMOVE = Call.word("LMOVE");
    private static final byte[] RPOPLPUSH = Call.word("RPOPLPUSH");
    private static final KeySpec SOURCE = KeySpec.range(1, 0, 1, "RW", "ACCESS", "DELETE");
    private static final KeySpec DESTINATION = KeySpec.range(2, 0, 1, "RW", "INSERT");

    private static final int COPY_BYTES = 1024;
    private static final int COPY_BYTES_KEPT = 1 << 20;

    private final ListValue from = new ListValue();
    private final ListValue to = new ListValue();
    private final StringValue element = new StringValue();

    /** The element while it is in no list. */
    private byte[] copy = new byte[COPY_BYTES];

    private ListMoveCommands() {}

    static void register(CommandTable table) {
        ListMoveCommands commands = new ListMoveCommands();
        table.add(
                move("lmove", commands::lmove, 5)
                        .docs(
                                GROUP,
                                "6.2.0",
                                COMPLEXITY,
                                "Moves an element from one list to another or to the other end, and returns it.")
                        .syntax(
                                "source:key destination:key wherefrom(LEFT | RIGHT) whereto(LEFT | RIGHT)"),
                move("rpoplpush", call -> commands.move(call, false, true), 3)
                        .docs(
                                GROUP,
                                "1.2.0",
                                COMPLEXITY,
                                "Moves the last element of one list before another one, and returns it.")
                        .syntax("source:key destination:key")
                        .deprecated("6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments"),
                move("blmove", commands::blmove, 6)
                        .flags(Flag.BLOCKING)
                        .docs(
                                GROUP,
                                "6.2.0",
                                COMPLEXITY,
                                "Moves an element as LMOVE does, or waits for one.")
                        .syntax(
                                "source:key destination:key wherefrom(LEFT | RIGHT) whereto(LEFT | RIGHT) timeout:double"),
                move("brpoplpush", commands::brpoplpush, 4)
                        .flags(Flag.BLOCKING)
                        .docs(
                                GROUP,
                                "2.2.0",
                                COMPLEXITY,
                                "Moves an element as RPOPLPUSH does, or waits for one.")
                        .syntax("source:key destination:key timeout:double")
                        .history("6.0.0 Took timeouts with a fraction.")
                        .deprecated("6.2.0", "`BLMOVE` with the `RIGHT` and `LEFT` arguments"));
    }

    private static Command move(String name, Command.Handler handler, int arity) {
        return command(name, handler)
                .arity(arity)
                .flags(Flag.WRITE, Flag.DENYOOM)
                .acl(Category.LIST)
                .keys(SOURCE, DESTINATION);
    }

    /** Whether an argument is LEFT and not RIGHT. */
    static boolean isHead(Call call, int arg) {
        boolean left = call.is(arg, LEFT);
        if (!left && !call.is(arg, RIGHT)) {
            throw Call.SYNTAX;
        }
        return left;
    }

    private void lmove(Call call) {
        boolean fromHead = isHead(call, 3);
        move(call, fromHead, isHead(call, 4));
    }

    private void blmove(Call call) {
        boolean fromHead = isHead(call, 3);
        boolean toHead = isHead(call, 4);
        long endMillis = Timeouts.endOfSeconds(call, 5);
        if (moveOrBlock(call, fromHead, toHead, endMillis)) {
            call.propagate(5)
                    .arg(LMOVE)
                    .arg(call.args(), 1)
                    .arg(call.args(), 2)
                    .arg(call.args(), 3)
                    .arg(call.args(), 4);
        }
    }

    private void brpoplpush(Call call) {
        long endMillis = Timeouts.endOfSeconds(call, 3);
        if (moveOrBlock(call, false, true, endMillis)) {
            call.propagate(3).arg(RPOPLPUSH).arg(call.args(), 1).arg(call.args(), 2);
        }
    }

    /** Moves an element; false if the client waits for one, or may not and was told that there is none. */
    private boolean moveOrBlock(Call call, boolean fromHead, boolean toHead, long endMillis) {
        int source = call.write(1, ValueType.LIST);
        if (source != 0) {
            move(call, source, fromHead, toHead);
        } else if (call.mayBlock()) {
            call.block(ValueType.LIST, 1, 1, endMillis);
        } else {
            call.reply().nullBulk();
        }
        return source != 0;
    }

    private void move(Call call, boolean fromHead, boolean toHead) {
        int source = call.write(1, ValueType.LIST);
        if (source == 0) {
            call.reply().nullBulk();
        } else {
            move(call, source, fromHead, toHead);
        }
    }

    private void move(Call call, int source, boolean fromHead, boolean toHead) {
        int destination = call.write(2, ValueType.LIST);
        from.open(call.db(), source).get(fromHead, element);
        if (destination == source) {
            rotate(call, fromHead, toHead);
            return;
        }
        push(call, destination, toHead);
        call.bulk(element);
        ListPopCommands.removed(call, 1, from, fromHead);
    }

    /** Adds the element to the list in {@code destination}, or to a new one if that is 0. */
    private void push(Call call, int destination, boolean toHead) {
        Request args = call.args();
        Database db = call.db();
        byte[] array = element.array();
        int offset = element.offset();
        int length = element.length();
        int packedBytes = ListValue.packedBytes(array, offset, length);
        if (destination != 0) {
            to.openToPush(db, destination, textBytes(), packedBytes, 1);
        } else {
            int key = args.offset(2);
            to.createToPush(db, args.array(), key, args.length(2), textBytes(), packedBytes, 1);
            call.created(2);
        }
        to.push(array, offset, length, toHead);
        pushed(call, toHead);
    }

    /** How long Redis takes the element to be when it judges whether one listpack will do: it leaves integers out. */
    private int textBytes() {
        return element.isInteger() ? 0 : element.length();
    }

    private static void pushed(Call call, boolean toHead) {
        call.event(EventClass.LIST, toHead ? "lpush" : "rpush", 2);
        call.modified(2);
        call.changed(-1);
    }

    /** The element goes to an end of the list that it comes from. */
    private void rotate(Call call, boolean fromHead, boolean toHead) {
        call.bulk(element);
        if (fromHead != toHead && from.size() > 1) {
            int length = element.length();
            int textBytes = textBytes();
            copyElement();
            from.admitRotation(length);
            from.pop(fromHead);
            int packedBytes = ListValue.packedBytes(copy, 0, length);
            from.openToPush(call.db(), from.cell(), textBytes, packedBytes, 1);
            from.push(copy, 0, length, toHead);
            from.shrunk();
        }
        pushed(call, toHead);
        call.event(EventClass.LIST, fromHead ? "lpop" : "rpop", 1);
        call.modified(1);
    }

    private void copyElement() {
        int length = element.length();
        if (copy.length < length || copy.length > COPY_BYTES_KEPT) {
            copy = new byte[Math.max(length, COPY_BYTES)];
        }
        System.arraycopy(element.array(), element.offset(), copy, 0, length);
    }
}
