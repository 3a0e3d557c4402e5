package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * HRANDFIELD: fields of a hash chosen at random, all equally likely.
 *
 * <p>Different fields are drawn one by one when they are few among many, and drawn again when they come twice; else the hash is
 * walked once, and each field chosen as likely as the number still wanted is among those still to come.
 */
final class HashRandomCommand {
    private static final byte[] WITHVALUES = Call.word("withvalues");
    private static final int MOST_EXPIRED_REMOVED = 1000;
    private static final int MOSTLY_HIDDEN = 8;
    private static final int MOST_REPLIES = Integer.MAX_VALUE / 2;
    private static final int DRAWN_KEPT = 4096;

    private static final CommandException COUNT_OUT_OF_RANGE =
            new CommandException(
                    "ERR value is out of range, value must between -9223372036854775807 and"
                            + " 9223372036854775807");
    private static final CommandException OUT_OF_RANGE =
            new CommandException(ErrorReplies.OUT_OF_RANGE);

    private final SplittableRandom random = new SplittableRandom();
    private final OpenHash open = new OpenHash();
    private final ElementCursor fields = new ElementCursor();
    private final StringValue name = new StringValue();
    private final StringValue value = new StringValue();
    private final FoundCells shown = new FoundCells();

    /** The fields drawn by the command being executed: a hash table, where 0 is none. */
    private int[] drawn = new int[64];

    private HashRandomCommand() {}

    static void register(CommandTable table) {
        table.add(
                command("hrandfield", new HashRandomCommand()::hrandfield)
                        .arity(-2)
                        .flags(Flag.READONLY)
                        .acl(Category.HASH)
                        .key("RO", "ACCESS")
                        .tips("nondeterministic_output")
                        .docs(
                                "hash",
                                "6.2.0",
                                "O(N) where N is the number of fields returned",
                                "Returns fields of a hash chosen at random.")
                        .syntax("key [options{count:integer [WITHVALUES]}]"));
    }

    private void hrandfield(Call call) {
        if (call.args().argc() > 2) {
            many(call);
        } else {
            one(call);
        }
        open.endRead();
    }

    private void one(Call call) {
        HashValue hash = open(call);
        if (visible(hash) == 0) {
            call.reply().nullBulk();
        } else {
            reply(call, hash, draw(hash), false);
        }
    }

    private void many(Call call) {
        Request args = call.args();
        long count = call.longArg(2);
        if (count == Long.MIN_VALUE) {
            throw COUNT_OUT_OF_RANGE;
        }
        boolean withValues = args.argc() == 4 && call.is(3, WITHVALUES);
        if (args.argc() > 3 && !withValues) {
            throw Call.SYNTAX;
        }
        if (withValues && (count > Long.MAX_VALUE / 2 || count < -Long.MAX_VALUE / 2)
                || count < -MOST_REPLIES) {
            throw OUT_OF_RANGE;
        }
        HashValue hash = open(call);
        long there = visible(hash);
        long replies = there == 0 ? 0 : count < 0 ? -count : Math.min(count, there);
        boolean flat = withValues && call.reply().protocol() == 2;
        call.reply().array((int) (flat ? 2 * replies : replies));
        if (count < 0) {
            for (long i = 0; i < replies && call.isHeard(i); i++) {
                reply(call, hash, draw(hash), withValues);
            }
        } else if (replies * 3 < there) {
            drawDifferent(call, hash, (int) replies, withValues);
        } else if (replies > 0) {
            select(call, hash, replies, there, withValues);
        }
    }

    private HashValue open(Call call) {
        HashValue hash = open.read(call);
        shown.begin();
        if (hash != null) {
            open.removeSomeExpired(MOST_EXPIRED_REMOVED);
            if (hash.visibleSize() < hash.size() / MOSTLY_HIDDEN) {
                hash.scan(
                        0,
                        Long.MAX_VALUE,
                        field -> {
                            if (!hash.isHidden(field)) {
                                shown.visit(field);
                            }
                        });
            }
        }
        return hash;
    }

    private static long visible(HashValue hash) {
        return hash == null ? 0 : hash.visibleSize();
    }

    /** Any field that is not hidden; where nearly all are, of those that were looked for. */
    private int draw(HashValue hash) {
        if (shown.count() > 0) {
            return shown.get(random.nextInt(shown.count()));
        }
        int field = hash.draw(random);
        while (hash.isHidden(field)) {
            field = hash.draw(random);
        }
        return field;
    }

    private void drawDifferent(Call call, HashValue hash, int wanted, boolean withValues) {
        int slots = Integer.highestOneBit(wanted * 2 + 1) << 1;
        if (slots > drawn.length || drawn.length > DRAWN_KEPT) {
            drawn = new int[Math.max(slots, 64)];
        } else {
            Arrays.fill(drawn, 0);
        }
        for (int got = 0; got < wanted; ) {
            int field = draw(hash);
            if (isNew(field)) {
                reply(call, hash, field, withValues);
                got++;
            }
        }
    }

    private boolean isNew(int field) {
        int mask = drawn.length - 1;
        int slot = field * 0x9E3779B1 & mask;
        while (drawn[slot] != 0) {
            if (drawn[slot] == field) {
                return false;
            }
            slot = slot + 1 & mask;
        }
        drawn[slot] = field;
        return true;
    }

    /** Replies with {@code wanted} different fields of all {@code left}. */
    private void select(Call call, HashValue hash, long wanted, long left, boolean withValues) {
        fields.open(call.db(), hash.cell());
        while (wanted > 0 && fields.next()) {
            if (open.hides(fields.deadline())) {
                continue;
            }
            if (random.nextLong(left--) < wanted) {
                reply(call, fields.element(), fields.value(), withValues);
                wanted--;
            }
        }
    }

    private void reply(Call call, HashValue hash, int field, boolean withValues) {
        hash.readName(field, name);
        if (withValues) {
            hash.readValue(field, value);
        }
        reply(call, name, value, withValues);
    }

    private static void reply(
            Call call, StringValue field, StringValue fieldValue, boolean withValues) {
        ReplyBuffer reply = call.reply();
        if (withValues && reply.protocol() == 3) {
            reply.array(2);
        }
        reply.bulk(field.array(), field.offset(), field.length());
        if (withValues) {
            reply.bulk(fieldValue.array(), fieldValue.offset(), fieldValue.length());
        }
    }
}
