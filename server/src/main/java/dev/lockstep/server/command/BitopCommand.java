package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;
import java.util.Arrays;

/**
 * BITOP: a string made of the bits of others.
 *
 * <p>The result is computed aside, because its key may be one of the sources, in blocks that stay in the processor's cache
 * while one source after the other is applied to them.
 */
final class BitopCommand {
    private static final byte[] AND = Call.word("and");
    private static final byte[] OR = Call.word("or");
    private static final byte[] XOR = Call.word("xor");
    private static final byte[] NOT = Call.word("not");

    private static final CommandException NOT_OF_ONE =
            new CommandException("ERR BITOP NOT must be called with a single source key.");

    private static final int BLOCK_BYTES = 16 * 1024;
    private static final int SOURCES_KEPT = 64;

    private final byte[] small = new byte[BLOCK_BYTES];
    private StringValue[] sources = {};

    private BitopCommand() {}

    static void register(CommandTable table) {
        BitopCommand bitop = new BitopCommand();
        table.add(
                command("bitop", bitop::run)
                        .arity(-4)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.BITMAP)
                        .keys(
                                KeySpec.range(2, 0, 1, "OW", "UPDATE"),
                                KeySpec.range(3, -1, 1, "RO", "ACCESS"))
                        .docs(
                                "bitmap",
                                "2.6.0",
                                "O(N)",
                                "Stores the AND, OR, XOR or NOT of strings, bit by bit, as a string.")
                        .syntax("operation(AND | OR | XOR | NOT) destkey:key key ..."));
    }

    private void run(Call call) {
        Request args = call.args();
        byte[] operation = operation(args);
        if (operation == NOT && args.argc() != 4) {
            throw NOT_OF_ONE;
        }
        int count = args.argc() - 3;
        int length = readSources(call, count);
        byte[] result = small;
        if (length > small.length) {
            result = call.db().newArray(length);
        }
        for (int from = 0; from < length; from += BLOCK_BYTES) {
            block(operation, count, result, from, Math.min(BLOCK_BYTES, length - from));
        }
        if (sources.length > SOURCES_KEPT) {
            sources = new StringValue[0];
        }
        store(call, result, length);
        call.reply().integer(length);
    }

    private static byte[] operation(Request args) {
        if (args.is(1, AND)) {
            return AND;
        }
        if (args.is(1, OR)) {
            return OR;
        }
        if (args.is(1, XOR)) {
            return XOR;
        }
        if (args.is(1, NOT)) {
            return NOT;
        }
        throw Call.SYNTAX;
    }

    /** Points {@link #sources} at the strings, which stay where they are until the result is stored; the longest length. */
    private int readSources(Call call, int count) {
        if (sources.length < count) {
            int known = sources.length;
            sources = Arrays.copyOf(sources, count);
            for (int i = known; i < count; i++) {
                sources[i] = new StringValue();
            }
        }
        int longest = 0;
        for (int i = 0; i < count; i++) {
            int cell = call.readString(3 + i);
            if (cell == 0) {
                sources[i].clear();
            } else {
                call.db().read(cell, sources[i]);
                longest = Math.max(longest, sources[i].length());
            }
        }
        return longest;
    }

    private void block(byte[] operation, int count, byte[] result, int from, int length) {
        int behind = copy(sources[0], result, from, length);
        Arrays.fill(result, from + behind, from + length, (byte) 0);
        if (operation == NOT) {
            Bits.not(result, from, length);
        }
        for (int i = 1; i < count; i++) {
            StringValue source = sources[i];
            int some = Math.max(0, Math.min(length, source.length() - from));
            int at = source.offset() + from;
            if (operation == AND) {
                Bits.and(result, from, source.array(), at, some);
                Arrays.fill(result, from + some, from + length, (byte) 0);
            } else if (operation == OR) {
                Bits.or(result, from, source.array(), at, some);
            } else {
                Bits.xor(result, from, source.array(), at, some);
            }
        }
    }

    private static int copy(StringValue source, byte[] result, int from, int length) {
        int some = Math.max(0, Math.min(length, source.length() - from));
        System.arraycopy(
                source.array(), some == 0 ? 0 : source.offset() + from, result, from, some);
        return some;
    }

    /** What was computed is raw, as a string that was changed in place: hence the resizing to the length it has. */
    private void store(Call call, byte[] result, int length) {
        Request args = call.args();
        Database db = call.db();
        int old = call.write(2);
        if (length == 0) {
            if (old != 0) {
                db.delete(old);
                call.modified(2);
                call.event(EventClass.GENERIC, "del", 2);
            }
            return;
        }
        if (result == small) {
            int cell =
                    db.storeBytes(
                            old,
                            args.array(),
                            args.offset(2),
                            args.length(2),
                            result,
                            0,
                            length,
                            -1);
            db.resizeString(cell, length);
        } else {
            db.storeOwned(old, args.array(), args.offset(2), args.length(2), result, -1);
        }
        if (old == 0) {
            call.created(2);
        }
        call.modified(2);
        call.event(EventClass.STRING, "set", 2);
    }
}
