package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.Decimal;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.LongDouble;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands that count in fields of hashes: values that are the text of a number. Fields keep their deadlines. */
final class HashNumberCommands {
    private static final byte[] HSET = Call.word("HSET");
    private static final byte[] HPEXPIREAT = Call.word("HPEXPIREAT");
    private static final byte[] FIELDS = Call.word("FIELDS");

    private static final CommandException HASH_NOT_AN_INTEGER =
            new CommandException(ErrorReplies.HASH_NOT_AN_INTEGER);
    private static final CommandException HASH_NOT_A_FLOAT =
            new CommandException(ErrorReplies.HASH_NOT_A_FLOAT);
    private static final CommandException OVERFLOW =
            new CommandException(ErrorReplies.INCREMENT_OVERFLOW);
    private static final CommandException NOT_A_FLOAT =
            new CommandException(ErrorReplies.NOT_A_FLOAT);
    private static final CommandException INFINITE_INCREMENT =
            new CommandException("ERR value is NaN or Infinity");
    private static final CommandException NOT_FINITE =
            new CommandException(ErrorReplies.INCREMENT_NAN);

    private final OpenHash open = new OpenHash();
    private final StringValue value = new StringValue();

    private HashNumberCommands() {}

    static void register(CommandTable table) {
        HashNumberCommands commands = new HashNumberCommands();
        table.add(
                counting("hincrby", commands::hincrby)
                        .docs("hash", "2.0.0", "O(1)", "Adds a number to an integer in a hash.")
                        .syntax("key field increment:integer"),
                counting("hincrbyfloat", commands::hincrbyfloat)
                        .docs(
                                "hash",
                                "2.6.0",
                                "O(1)",
                                "Adds a number to a decimal number in a hash.")
                        .syntax("key field increment:double"));
    }

    private static Command counting(String name, Command.Handler handler) {
        return command(name, handler)
                .arity(4)
                .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                .acl(Category.HASH)
                .key("RW", "ACCESS", "UPDATE");
    }

    private void hincrby(Call call) {
        long increment = call.longArg(3);
        HashValue hash = open.writeOrCreate(call, 2, 1);
        long old = 0;
        if (open.getToReplace(2, value)) {
            if (!Decimal.isLong(value.array(), value.offset(), value.length())) {
                throw HASH_NOT_AN_INTEGER;
            }
            old = Decimal.parseLong(value.array(), value.offset(), value.length());
        }
        long number = old + increment;
        if (((old ^ number) & (increment ^ number)) < 0) {
            throw OVERFLOW;
        }
        value.integer(number);
        store(call, hash, value.array(), value.offset(), value.length());
        call.modified(1);
        call.event(EventClass.HASH, "hincrby", 1);
        call.reply().integer(number);
    }

    /** Replicas get the result as an HSET, as with INCRBYFLOAT, and what HSET would take from them: the field's deadline. */
    private void hincrbyfloat(Call call) {
        Request args = call.args();
        LongDouble increment = LongDouble.parse(args.array(), args.offset(3), args.length(3));
        if (increment == null) {
            throw NOT_A_FLOAT;
        }
        if (!increment.isFinite()) {
            throw INFINITE_INCREMENT;
        }
        HashValue hash = open.writeOrCreate(call, 2, 1);
        LongDouble old = LongDouble.of(0);
        if (open.getToReplace(2, value)) {
            old = LongDouble.parse(value.array(), value.offset(), value.length());
        }
        if (old == null) {
            throw HASH_NOT_A_FLOAT;
        }
        LongDouble sum = old.add(increment);
        if (sum == null || !sum.isFinite()) {
            throw NOT_FINITE;
        }
        byte[] text = sum.format();
        store(call, hash, text, 0, text.length);
        call.modified(1);
        call.event(EventClass.HASH, "hincrbyfloat", 1);
        if (call.propagates()) {
            propagate(call, hash, text);
        }
        call.reply().bulk(text);
    }

    private void store(Call call, HashValue hash, byte[] text, int offset, int length) {
        Request args = call.args();
        hash.set(
                args.array(),
                args.offset(2),
                args.length(2),
                text,
                offset,
                length,
                HashValue.KEEP_DEADLINE);
        open.announceExpired();
    }

    private static void propagate(Call call, HashValue hash, byte[] text) {
        Request args = call.args();
        call.propagate(4).arg(HSET).arg(args, 1).arg(args, 2).arg(text);
        long deadline = hash.deadline(args.array(), args.offset(2), args.length(2));
        if (deadline >= 0) {
            call.propagate(6)
                    .arg(HPEXPIREAT)
                    .arg(args, 1)
                    .arg(deadline)
                    .arg(FIELDS)
                    .arg(1)
                    .arg(args, 2);
        }
    }
}
