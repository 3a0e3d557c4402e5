package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.Decimal;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands on single bits of strings and on the bits of whole strings. */
final class BitCommands {
    private static final byte[] BIT = Call.word("bit");
    private static final byte[] BYTE = Call.word("byte");

    private static final CommandException BIT_OFFSET =
            new CommandException(ErrorReplies.BIT_OFFSET);
    private static final CommandException BIT_VALUE = new CommandException(ErrorReplies.BIT_VALUE);
    private static final CommandException BIT_ARGUMENT =
            new CommandException("ERR The bit argument must be 1 or 0.");

    private BitCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("setbit", BitCommands::setbit)
                        .arity(4)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.BITMAP)
                        .key("RW", "ACCESS", "UPDATE")
                        .docs(
                                "bitmap",
                                "2.2.0",
                                "O(1)",
                                "Sets or clears a bit of a string and returns what it was.")
                        .syntax("key offset:integer value:integer"),
                command("getbit", BitCommands::getbit)
                        .arity(3)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.BITMAP)
                        .key("RO", "ACCESS")
                        .docs("bitmap", "2.2.0", "O(1)", "Returns a bit of a string.")
                        .syntax("key offset:integer"),
                command("bitcount", BitCommands::bitcount)
                        .arity(-2)
                        .flags(Flag.READONLY)
                        .acl(Category.BITMAP)
                        .key("RO", "ACCESS")
                        .docs(
                                "bitmap",
                                "2.6.0",
                                "O(N)",
                                "Counts the bits of a string that are set.")
                        .syntax("key [range{start:integer end:integer [unit(BYTE | BIT)@7.0.0]}]")
                        .history("7.0.0 Added `BYTE` and `BIT`."),
                command("bitpos", BitCommands::bitpos)
                        .arity(-3)
                        .flags(Flag.READONLY)
                        .acl(Category.BITMAP)
                        .key("RO", "ACCESS")
                        .docs(
                                "bitmap",
                                "2.8.7",
                                "O(N)",
                                "Finds the first bit that is set, or clear.")
                        .syntax(
                                "key bit:integer [range{start:integer [end-unit-block{end:integer"
                                        + " [unit(BYTE | BIT)@7.0.0]}]}]")
                        .history("7.0.0 Added `BYTE` and `BIT`."));
    }

    /**
     * The bit offset that an argument gives; throws an error for one that is negative or beyond what a string may have.
     *
     * @param bits the width that the form {@code #n} counts in, or 0 where that form is not known
     */
    static long offset(Call call, int arg, int bits) {
        Request args = call.args();
        int at = args.offset(arg);
        int length = args.length(arg);
        boolean counted = bits > 0 && length > 0 && args.array()[at] == '#';
        if (counted) {
            at++;
            length--;
        }
        if (!Decimal.isLong(args.array(), at, length)) {
            throw BIT_OFFSET;
        }
        long offset = Decimal.parseLong(args.array(), at, length);
        if (counted) {
            offset *= bits;
        }
        if (offset < 0 || offset >> 3 >= call.maxStringBytes()) {
            throw BIT_OFFSET;
        }
        return offset;
    }

    /** The entry of argument 1 as a string that has this bit and may be changed in place. */
    static int writable(Call call, int cell, long highestBit) {
        Request args = call.args();
        int length = (int) (highestBit >> 3) + 1;
        if (cell != 0) {
            return call.db().resizeString(cell, Math.max(length, call.db().stringLength(cell)));
        }
        int made = call.db().createString(args.array(), args.offset(1), args.length(1), length);
        call.created(1);
        return made;
    }

    /** Whether a string is too short for this bit, or not there. */
    static boolean mustGrow(Call call, int cell, long highestBit) {
        return cell == 0 || call.db().stringLength(cell) <= highestBit >> 3;
    }

    private static void setbit(Call call) {
        long offset = offset(call, 2, 0);
        if (!call.args().isLong(3)) {
            throw BIT_VALUE;
        }
        long on = call.args().longAt(3);
        if (on != 0 && on != 1) {
            throw BIT_VALUE;
        }
        int cell = call.writeString(1);
        boolean changed = mustGrow(call, cell, offset);
        StringValue value = call.value(writable(call, cell, offset));
        int at = value.offset() + (int) (offset >> 3);
        int shift = 7 - (int) (offset & 7);
        int old = value.array()[at] >> shift & 1;
        if (changed || old != on) {
            value.array()[at] = (byte) (value.array()[at] & ~(1 << shift) | (int) on << shift);
            call.modified(1);
            call.event(EventClass.STRING, "setbit", 1);
        }
        call.reply().integer(old);
    }

    private static void getbit(Call call) {
        long offset = offset(call, 2, 0);
        int cell = call.readString(1);
        long bit = 0;
        if (cell != 0) {
            StringValue value = call.value(cell);
            bit = Bits.get(value.array(), value.offset(), value.length(), offset, 1);
        }
        call.reply().integer(bit);
    }

    // ---- whole strings ----

    private static void bitcount(Call call) {
        int argc = call.args().argc();
        long start = 0;
        long end = -1;
        boolean inBits = false;
        if (argc == 4 || argc == 5) {
            start = call.longArg(2);
            end = call.longArg(3);
            inBits = argc == 5 && countsBits(call, 4);
        } else if (argc != 2) {
            throw Call.SYNTAX;
        }
        int cell = call.readString(1);
        if (cell == 0) {
            call.reply().integer(0);
            return;
        }
        StringValue value = call.value(cell);
        long length = inBits ? (long) value.length() << 3 : value.length();
        long first = first(start, length);
        long last = last(end, length);
        if (start < 0 && end < 0 && start > end || first > last) {
            call.reply().integer(0);
            return;
        }
        int from = (int) (inBits ? first >> 3 : first);
        int to = (int) (inBits ? last >> 3 : last);
        byte[] array = value.array();
        int at = value.offset();
        long count = Bits.count(array, at + from, to - from + 1);
        if (inBits) {
            count -= Integer.bitCount(array[at + from] & 0xff & ~(0xff >>> (first & 7)));
            count -= Integer.bitCount(array[at + to] & 0x7f >>> (last & 7));
        }
        call.reply().integer(count);
    }

    /** Clear bits behind the string count as found, unless the command says where to end. */
    private static void bitpos(Call call) {
        int argc = call.args().argc();
        long bit = call.longArg(2);
        if (bit != 0 && bit != 1) {
            throw BIT_ARGUMENT;
        }
        if (argc > 6) {
            throw Call.SYNTAX;
        }
        long start = argc > 3 ? call.longArg(3) : 0;
        boolean inBits = argc == 6 && countsBits(call, 5);
        long end = argc > 4 ? call.longArg(4) : -1;
        int cell = call.readString(1);
        if (cell == 0) {
            call.reply().integer(bit == 1 ? -1 : 0);
            return;
        }
        StringValue value = call.value(cell);
        long bits = (long) value.length() << 3;
        long length = inBits ? bits : value.length();
        long first = first(start, length);
        long last = last(end, length);
        long found = -1;
        if (first <= last) {
            long firstBit = inBits ? first : first << 3;
            long endBit = inBits ? last + 1 : last + 1 << 3;
            found = Bits.find(value.array(), value.offset(), firstBit, endBit, bit == 1);
            if (found < 0 && bit == 0 && argc < 5) {
                found = bits;
            }
        }
        call.reply().integer(found);
    }

    private static boolean countsBits(Call call, int arg) {
        if (call.is(arg, BIT)) {
            return true;
        }
        if (!call.is(arg, BYTE)) {
            throw Call.SYNTAX;
        }
        return false;
    }

    private static long first(long start, long length) {
        return Math.max(start < 0 ? length + start : start, 0);
    }

    private static long last(long end, long length) {
        return Math.min(Math.max(end < 0 ? length + end : end, 0), length - 1);
    }
}
