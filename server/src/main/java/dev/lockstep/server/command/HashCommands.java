package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;

/** Commands on hashes. */
final class HashCommands {
    private static final CommandException HSET_ARITY =
            new CommandException(ErrorReplies.wrongArity("hset"));

    private final HashValue hash = new HashValue();
    private final ElementCursor fields = new ElementCursor();
    private final StringValue value = new StringValue();

    private HashCommands() {}

    static void register(CommandTable table) {
        HashCommands commands = new HashCommands();
        table.add(
                command("hset", commands::hset)
                        .arity(-4)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.HASH)
                        .key("RW", "UPDATE")
                        .docs(
                                "hash",
                                "2.0.0",
                                "O(N) for N fields.",
                                "Sets fields of a hash, which is made if there is none."),
                command("hget", commands::hget)
                        .arity(3)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.HASH)
                        .key("RO", "ACCESS")
                        .docs("hash", "2.0.0", "O(1)", "Returns the value of a hash's field."),
                command("hdel", commands::hdel)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.HASH)
                        .key("RW", "DELETE")
                        .docs(
                                "hash",
                                "2.0.0",
                                "O(N) for N fields.",
                                "Removes fields of a hash, and the hash with its last one."),
                command("hlen", commands::hlen)
                        .arity(2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.HASH)
                        .key("RO")
                        .docs("hash", "2.0.0", "O(1)", "Returns how many fields a hash has."),
                command("hgetall", commands::hgetall)
                        .arity(2)
                        .flags(Flag.READONLY)
                        .acl(Category.HASH)
                        .key("RO", "ACCESS")
                        .tips("nondeterministic_output_order")
                        .docs(
                                "hash",
                                "2.0.0",
                                "O(N) for N fields.",
                                "Returns all fields of a hash with their values."));
    }

    private void hset(Call call) {
        Request args = call.args();
        if (args.argc() % 2 != 0) {
            throw HSET_ARITY;
        }
        openOrCreate(call);
        int added = 0;
        for (int i = 2; i < args.argc(); i += 2) {
            byte[] array = args.array();
            boolean isNew =
                    hash.set(
                            array,
                            args.offset(i),
                            args.length(i),
                            array,
                            args.offset(i + 1),
                            args.length(i + 1));
            added += isNew ? 1 : 0;
        }
        call.modified(1);
        call.changed((args.argc() - 2) / 2 - 1);
        call.reply().integer(added);
    }

    private void openOrCreate(Call call) {
        Request args = call.args();
        Database db = call.db();
        int cell = call.write(1, ValueType.HASH);
        if (cell != 0) {
            hash.open(db, cell);
        } else {
            hash.create(db, args.array(), args.offset(1), args.length(1));
        }
    }

    private void hget(Call call) {
        Request args = call.args();
        int cell = call.read(1, ValueType.HASH);
        if (cell != 0
                && hash.open(call.db(), cell)
                        .get(args.array(), args.offset(2), args.length(2), value)) {
            call.reply().bulk(value.array(), value.offset(), value.length());
        } else {
            call.reply().nullBulk();
        }
    }

    private void hdel(Call call) {
        Request args = call.args();
        int cell = call.write(1, ValueType.HASH);
        int removed = 0;
        if (cell != 0) {
            hash.open(call.db(), cell);
            for (int i = 2; i < args.argc() && hash.size() > 0; i++) {
                if (hash.remove(args.array(), args.offset(i), args.length(i))) {
                    removed++;
                }
            }
            if (removed > 0) {
                hash.deleteIfEmpty();
                call.modified(1);
                call.changed(removed - 1);
            }
        }
        call.reply().integer(removed);
    }

    private void hlen(Call call) {
        int cell = call.read(1, ValueType.HASH);
        call.reply().integer(cell == 0 ? 0 : hash.open(call.db(), cell).size());
    }

    private void hgetall(Call call) {
        int cell = call.read(1, ValueType.HASH);
        if (cell == 0) {
            call.reply().map(0);
            return;
        }
        call.reply().map((int) hash.open(call.db(), cell).size());
        fields.open(call.db(), cell);
        while (fields.next()) {
            reply(call, fields.element());
            reply(call, fields.value());
        }
    }

    private static void reply(Call call, StringValue text) {
        call.reply().bulk(text.array(), text.offset(), text.length());
    }
}
