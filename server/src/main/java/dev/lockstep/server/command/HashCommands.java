package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands that set, get and remove fields of hashes. */
final class HashCommands {
    private static final CommandException HSET_ARITY =
            new CommandException(ErrorReplies.wrongArity("hset"));
    private static final CommandException HMSET_ARITY =
            new CommandException(ErrorReplies.wrongArity("hmset"));

    private final OpenHash open = new OpenHash();
    private final StringValue value = new StringValue();

    private HashCommands() {}

    static void register(CommandTable table) {
        HashCommands commands = new HashCommands();
        table.add(
                setting("hset", commands::hset)
                        .arity(-4)
                        .key("RW", "UPDATE")
                        .docs(
                                "hash",
                                "2.0.0",
                                "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the"
                                        + " command is called with multiple field/value pairs.",
                                "Sets fields of a hash, which is made if there is none.")
                        .syntax("key data{field value} ...")
                        .history("4.0.0 Added several in one call."),
                setting("hmset", commands::hmset)
                        .arity(-4)
                        .key("RW", "UPDATE")
                        .docs(
                                "hash",
                                "2.0.0",
                                "O(N) where N is the number of fields being set.",
                                "Sets fields of a hash.")
                        .deprecated("4.0.0", "`HSET` with multiple field-value pairs")
                        .syntax("key data{field value} ..."),
                setting("hsetnx", commands::hsetnx)
                        .arity(4)
                        .key("RW", "INSERT")
                        .docs(
                                "hash",
                                "2.0.0",
                                "O(1)",
                                "Sets a field of a hash unless it is there already.")
                        .syntax("key field value"),
                asking("hget", commands::hget)
                        .arity(3)
                        .key("RO", "ACCESS")
                        .docs("hash", "2.0.0", "O(1)", "Returns the value of a hash's field.")
                        .syntax("key field"),
                asking("hmget", commands::hmget)
                        .arity(-3)
                        .key("RO", "ACCESS")
                        .docs(
                                "hash",
                                "2.0.0",
                                "O(N) where N is the number of fields being requested.",
                                "Returns the values of fields of a hash.")
                        .syntax("key field ..."),
                asking("hexists", commands::hexists)
                        .arity(3)
                        .key("RO")
                        .docs("hash", "2.0.0", "O(1)", "Tells whether a hash has a field.")
                        .syntax("key field"),
                asking("hlen", commands::hlen)
                        .arity(2)
                        .key("RO")
                        .docs("hash", "2.0.0", "O(1)", "Returns how many fields a hash has.")
                        .syntax("key"),
                asking("hstrlen", commands::hstrlen)
                        .arity(3)
                        .key("RO")
                        .docs(
                                "hash",
                                "3.2.0",
                                "O(1)",
                                "Returns the length of the value of a hash's field.")
                        .syntax("key field"),
                command("hdel", commands::hdel)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.HASH)
                        .key("RW", "DELETE")
                        .docs(
                                "hash",
                                "2.0.0",
                                "O(N) where N is the number of fields to be removed.",
                                "Removes fields of a hash, and the hash with its last one.")
                        .syntax("key field ...")
                        .history("2.4.0 Added several in one call."));
    }

    private static Command setting(String name, Command.Handler handler) {
        return command(name, handler).flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST).acl(Category.HASH);
    }

    private static Command asking(String name, Command.Handler handler) {
        return command(name, handler).flags(Flag.READONLY, Flag.FAST).acl(Category.HASH);
    }

    private void hset(Call call) {
        call.reply().integer(set(call, HSET_ARITY));
    }

    private void hmset(Call call) {
        set(call, HMSET_ARITY);
        call.reply().ok();
    }

    /** Returns how many fields are new. */
    private int set(Call call, CommandException wrongArity) {
        Request args = call.args();
        if (args.argc() % 2 != 0) {
            throw wrongArity;
        }
        int pairs = (args.argc() - 2) / 2;
        HashValue hash = open.writeOrCreate(call, 2, pairs);
        int added = 0;
        hash.expect(pairs);
        for (int i = 2; i < args.argc(); i += 2) {
            if (set(hash, args, i)) {
                added++;
            }
        }
        call.modified(1);
        call.changed(pairs - 1);
        call.event(EventClass.HASH, "hset", 1);
        return added;
    }

    private static boolean set(HashValue hash, Request args, int field) {
        byte[] array = args.array();
        return hash.set(
                array,
                args.offset(field),
                args.length(field),
                array,
                args.offset(field + 1),
                args.length(field + 1));
    }

    private void hsetnx(Call call) {
        HashValue hash = open.writeOrCreate(call, 2, 1);
        if (open.getToReplace(2, value)) {
            call.reply().integer(0);
            return;
        }
        set(hash, call.args(), 2);
        open.announceExpired();
        call.modified(1);
        call.event(EventClass.HASH, "hset", 1);
        call.reply().integer(1);
    }

    private void hget(Call call) {
        if (open.read(call) != null && open.get(2, value)) {
            call.bulk(value);
        } else {
            call.reply().nullBulk();
            open.endRead();
        }
    }

    private void hmget(Call call) {
        boolean there = open.read(call) != null;
        int argc = call.args().argc();
        call.reply().array(argc - 2);
        for (int i = 2; i < argc; i++) {
            if (there && open.get(i, value)) {
                call.bulk(value);
            } else {
                call.reply().nullBulk();
            }
        }
        open.endRead();
    }

    private void hexists(Call call) {
        boolean there = open.read(call) != null && open.get(2, value);
        call.reply().integer(there ? 1 : 0);
        open.endRead();
    }

    private void hlen(Call call) {
        HashValue hash = open.read(call);
        call.reply().integer(hash == null ? 0 : hash.size());
    }

    private void hstrlen(Call call) {
        boolean there = open.read(call) != null && open.get(2, value);
        call.reply().integer(there ? value.length() : 0);
        open.endRead();
    }

    private void hdel(Call call) {
        Request args = call.args();
        HashValue hash = open.write(call);
        int removed = 0;
        if (hash != null) {
            hash.hideBefore(Long.MIN_VALUE);
            for (int i = 2; i < args.argc() && hash.size() > 0; i++) {
                if (hash.remove(args.array(), args.offset(i), args.length(i))) {
                    removed++;
                }
            }
        }
        if (removed > 0) {
            call.modified(1);
            call.changed(removed - 1);
            call.event(EventClass.HASH, "hdel", 1);
            open.deleteIfEmpty();
        }
        call.reply().integer(removed);
    }
}
