package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.Decimal;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.LongDouble;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands that count: strings that are the text of a number. */
final class NumberCommands {
    private static final byte[] SET = Call.word("SET");
    private static final byte[] KEEPTTL = Call.word("KEEPTTL");

    private static final CommandException OVERFLOW =
            new CommandException(ErrorReplies.INCREMENT_OVERFLOW);
    private static final CommandException DECREMENT_OVERFLOW =
            new CommandException(ErrorReplies.DECREMENT_OVERFLOW);
    private static final CommandException NOT_A_FLOAT =
            new CommandException(ErrorReplies.NOT_A_FLOAT);
    private static final CommandException NOT_FINITE =
            new CommandException(ErrorReplies.INCREMENT_NAN);

    private NumberCommands() {}

    static void register(CommandTable table) {
        table.add(
                counting("incr", call -> add(call, 1))
                        .arity(2)
                        .docs("string", "1.0.0", "O(1)", "Adds one to an integer.")
                        .syntax("key"),
                counting("decr", call -> add(call, -1))
                        .arity(2)
                        .docs("string", "1.0.0", "O(1)", "Takes one from an integer.")
                        .syntax("key"),
                counting("incrby", call -> add(call, call.longArg(2)))
                        .arity(3)
                        .docs("string", "1.0.0", "O(1)", "Adds a number to an integer.")
                        .syntax("key increment:integer"),
                counting("decrby", NumberCommands::decrby)
                        .arity(3)
                        .docs("string", "1.0.0", "O(1)", "Takes a number from an integer.")
                        .syntax("key decrement:integer"),
                counting("incrbyfloat", NumberCommands::incrbyfloat)
                        .arity(3)
                        .docs("string", "2.6.0", "O(1)", "Adds a number to a decimal number.")
                        .syntax("key increment:double"));
    }

    private static Command counting(String name, Command.Handler handler) {
        return command(name, handler)
                .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                .acl(Category.STRING)
                .key("RW", "ACCESS", "UPDATE");
    }

    private static void decrby(Call call) {
        long decrement = call.longArg(2);
        if (decrement == Long.MIN_VALUE) {
            throw DECREMENT_OVERFLOW;
        }
        add(call, -decrement);
    }

    private static void add(Call call, long increment) {
        Database db = call.db();
        Request args = call.args();
        int cell = call.writeString(1);
        long number = increment;
        long deadline = -1;
        boolean inPlace = false;
        if (cell != 0) {
            StringValue value = call.value(cell);
            inPlace = value.isInteger();
            long old = inPlace ? value.number() : parse(value);
            number = old + increment;
            if (((old ^ number) & (increment ^ number)) < 0) {
                throw OVERFLOW;
            }
            deadline = db.deadline(cell);
        }
        if (inPlace) {
            db.replaceInteger(cell, number);
        } else {
            db.storeInteger(cell, args.array(), args.offset(1), args.length(1), number, deadline);
        }
        tell(call, cell == 0, "incrby");
        call.reply().integer(number);
    }

    private static void tell(Call call, boolean created, String event) {
        if (created) {
            call.created(1);
        }
        call.modified(1);
        call.event(EventClass.STRING, event, 1);
    }

    /** The number of a string whose digits are stored as text, because they came to be there piece by piece. */
    private static long parse(StringValue value) {
        if (!Decimal.isLong(value.array(), value.offset(), value.length())) {
            throw Call.NOT_AN_INTEGER;
        }
        return Decimal.parseLong(value.array(), value.offset(), value.length());
    }

    /** Replicas get the result as a SET, so that no difference between their floating point and ours matters. */
    private static void incrbyfloat(Call call) {
        Database db = call.db();
        Request args = call.args();
        int cell = call.writeString(1);
        LongDouble old = LongDouble.of(0);
        if (cell != 0) {
            StringValue value = call.value(cell);
            old = LongDouble.parse(value.array(), value.offset(), value.length());
        }
        LongDouble increment = LongDouble.parse(args.array(), args.offset(2), args.length(2));
        if (old == null || increment == null) {
            throw NOT_A_FLOAT;
        }
        LongDouble sum = old.add(increment);
        if (sum == null || !sum.isFinite()) {
            throw NOT_FINITE;
        }
        byte[] text = sum.format();
        db.storeBytes(
                cell,
                args.array(),
                args.offset(1),
                args.length(1),
                text,
                0,
                text.length,
                cell == 0 ? -1 : db.deadline(cell));
        tell(call, cell == 0, "incrbyfloat");
        if (call.propagates()) {
            call.propagate(4).arg(SET).arg(args, 1).arg(text).arg(KEEPTTL);
        }
        call.reply().bulk(text);
    }
}
