package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.Decimal;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/**
 * BITFIELD and BITFIELD_RO: integers of any width at any bit of a string.
 *
 * <p>The operations are read twice: once to find every error before anything is changed and how long the string must be,
 * and again to execute them.
 */
final class BitfieldCommands {
    private static final byte[] GET = Call.word("get");
    private static final byte[] SET = Call.word("set");
    private static final byte[] INCRBY = Call.word("incrby");
    private static final byte[] OVERFLOW = Call.word("overflow");
    private static final byte[] WRAP = Call.word("wrap");
    private static final byte[] SAT = Call.word("sat");
    private static final byte[] FAIL = Call.word("fail");

    private static final CommandException OVERFLOW_TYPE =
            new CommandException("ERR Invalid OVERFLOW type specified");
    private static final CommandException TYPE =
            new CommandException(
                    "ERR Invalid bitfield type. Use something like i16 u8."
                            + " Note that u64 is not supported but i64 is.");
    private static final CommandException ONLY_GET =
            new CommandException("ERR BITFIELD_RO only supports the GET subcommand");

    /** The operation read last, and the overflow behaviour that holds for it. */
    private byte[] operation;

    private byte[] overflow;
    private boolean signed;
    private int bits;
    private long offset;
    private long operand;

    private BitfieldCommands() {}

    static void register(CommandTable table) {
        BitfieldCommands bitfield = new BitfieldCommands();
        table.add(
                command("bitfield", call -> bitfield.run(call, false))
                        .arity(-2)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.BITMAP)
                        .key("RW", "ACCESS", "UPDATE", "variable_flags")
                        .docs(
                                "bitmap",
                                "3.2.0",
                                "O(1) for each operation.",
                                "Reads, sets and adds to integers within a string.")
                        .syntax(
                                "key [operation(GET get-block{encoding offset:integer}"
                                        + " | write{[OVERFLOW overflow-block(WRAP | SAT | FAIL)] write-operation("
                                        + "SET set-block{encoding offset:integer value:integer}"
                                        + " | INCRBY incrby-block{encoding offset:integer increment:integer})}"
                                        + ") ...]"),
                command("bitfield_ro", call -> bitfield.run(call, true))
                        .arity(-2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.BITMAP)
                        .key("RO", "ACCESS")
                        .docs(
                                "bitmap",
                                "6.0.0",
                                "O(1) for each operation.",
                                "Reads integers within a string.")
                        .syntax("key [GET get-block{encoding offset:integer} *]"));
    }

    private void run(Call call, boolean readOnly) {
        int argc = call.args().argc();
        int count = 0;
        boolean writes = false;
        long highestBit = 0;
        overflow = WRAP;
        for (int next = 2; next < argc; ) {
            next = parse(call, next);
            if (operation != OVERFLOW) {
                count++;
            }
            if (operation == SET || operation == INCRBY) {
                writes = true;
                highestBit = Math.max(highestBit, offset + bits - 1);
            }
        }
        if (writes && readOnly) {
            throw ONLY_GET;
        }
        int cell = writes ? call.writeString(1) : call.readString(1);
        boolean grown = writes && BitCommands.mustGrow(call, cell, highestBit);
        if (writes) {
            cell = BitCommands.writable(call, cell, highestBit);
        }
        StringValue value = cell == 0 ? null : call.value(cell);
        execute(call, value, count, grown);
    }

    private void execute(Call call, StringValue value, int count, boolean grown) {
        int argc = call.args().argc();
        int changes = 0;
        call.reply().array(count);
        overflow = WRAP;
        for (int next = 2; next < argc; ) {
            next = parse(call, next);
            if (operation == GET) {
                call.reply().integer(read(value));
            } else if (operation != OVERFLOW && write(call, value, grown)) {
                changes++;
            }
        }
        if (changes > 0 || grown) {
            call.modified(1);
            if (changes > 0) {
                call.event(EventClass.STRING, "setbit", 1);
            }
            call.changed(Math.max(0, changes - 1));
        }
    }

    // ---- reading operations ----

    /** Reads the operation at an argument into the fields; returns the argument behind it. */
    private int parse(Call call, int at) {
        Request args = call.args();
        int following = args.argc() - at - 1;
        if (args.is(at, OVERFLOW) && following >= 1) {
            operation = OVERFLOW;
            overflow = overflow(args, at + 1);
            return at + 2;
        }
        if (args.is(at, GET) && following >= 2) {
            operation = GET;
        } else if (args.is(at, SET) && following >= 3) {
            operation = SET;
        } else if (args.is(at, INCRBY) && following >= 3) {
            operation = INCRBY;
        } else {
            throw Call.SYNTAX;
        }
        parseType(args, at + 1);
        offset = BitCommands.offset(call, at + 2, bits);
        if (operation == GET) {
            return at + 3;
        }
        operand = call.longArg(at + 3);
        return at + 4;
    }

    private static byte[] overflow(Request args, int arg) {
        if (args.is(arg, WRAP)) {
            return WRAP;
        }
        if (args.is(arg, SAT)) {
            return SAT;
        }
        if (args.is(arg, FAIL)) {
            return FAIL;
        }
        throw OVERFLOW_TYPE;
    }

    private void parseType(Request args, int arg) {
        byte[] array = args.array();
        int at = args.offset(arg);
        int digits = args.length(arg) - 1;
        int letter = digits > 0 ? array[at] : 0;
        signed = letter == 'i';
        if (letter != 'i' && letter != 'u' || !Decimal.isLong(array, at + 1, digits)) {
            throw TYPE;
        }
        long width = Decimal.parseLong(array, at + 1, digits);
        if (width < 1 || width > (signed ? 64 : 63)) {
            throw TYPE;
        }
        bits = (int) width;
    }

    // ---- executing them ----

    private long read(StringValue value) {
        if (value == null) {
            return 0;
        }
        long raw = Bits.get(value.array(), value.offset(), value.length(), offset, bits);
        return signed ? extended(raw) : raw;
    }

    /** The low bits of a number as a signed integer of that width. */
    private long extended(long raw) {
        int unused = 64 - bits;
        return raw << unused >> unused;
    }

    /** Executes SET or INCRBY and replies; whether it changed the string. */
    private boolean write(Call call, StringValue value, boolean grown) {
        long old = read(value);
        boolean set = operation == SET;
        long base = set ? operand : old;
        long increment = set ? 0 : operand;
        int direction =
                signed ? signedOverflow(base, increment) : unsignedOverflow(base, increment);
        long result = base + increment;
        if (direction != 0) {
            if (overflow == FAIL) {
                call.reply().nullBulk();
                return false;
            }
            result = overflow == SAT ? limit(direction) : wrapped(result);
        }
        call.reply().integer(set ? old : result);
        Bits.put(value.array(), value.offset(), offset, bits, result);
        return grown || old != result;
    }

    private long wrapped(long result) {
        return signed ? extended(result) : result & -1L >>> 64 - bits;
    }

    private long limit(int direction) {
        return direction > 0 ? max() : signed ? -max() - 1 : 0;
    }

    private long max() {
        return signed ? (1L << bits - 1) - 1 : -1L >>> 64 - bits;
    }

    /**
     * 1 if the sum is above what the signed type holds, -1 if below, else 0. A base far below a narrow type counts as above
     * it, as in Redis, whose distance to the maximum overflows then.
     */
    private int signedOverflow(long base, long increment) {
        long up = max() - base;
        long down = -max() - 1 - base;
        boolean narrow = bits != 64;
        if (base > max()
                || narrow && increment > up
                || base >= 0 && increment > 0 && increment > up) {
            return 1;
        }
        return base < -max() - 1
                        || narrow && increment < down
                        || base < 0 && increment < 0 && increment < down
                ? -1
                : 0;
    }

    private int unsignedOverflow(long base, long increment) {
        if (Long.compareUnsigned(base, max()) > 0 || increment > 0 && increment > max() - base) {
            return 1;
        }
        return increment < 0 && increment < -base ? -1 : 0;
    }
}
