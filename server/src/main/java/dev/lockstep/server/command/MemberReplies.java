package dev.lockstep.server.command;

import dev.lockstep.keyspace.MemberWalk;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.ReplyBuffer;

/** Replies with members of a sorted set, with their scores or without. */
final class MemberReplies {
    private MemberReplies() {}

    /**
     * Replies with an array of members: where they come with scores, RESP2 has these in between, RESP3 an array for each.
     *
     * @param walk opened on the sorted set
     * @param first the position of the member to begin with
     * @param reverse whether the others are those before it
     */
    static void array(
            ReplyBuffer reply,
            MemberWalk walk,
            long first,
            long count,
            boolean reverse,
            boolean withScores) {
        boolean pairs = withScores && reply.protocol() == 3;
        reply.array((int) (withScores && !pairs ? 2 * count : count));
        if (count > 0) {
            walk.seek(first);
        }
        for (long i = 0; i < count; i++) {
            if (i > 0) {
                step(walk, reverse);
            }
            if (pairs) {
                reply.array(2);
            }
            member(reply, walk);
            if (withScores) {
                reply.doubleValue(walk.score());
            }
        }
    }

    /** Goes on to the next member, or back to the one before. */
    static boolean step(MemberWalk walk, boolean reverse) {
        return reverse ? walk.previous() : walk.next();
    }

    static void member(ReplyBuffer reply, MemberWalk walk) {
        StringValue member = walk.member();
        reply.bulk(member.array(), member.offset(), member.length());
    }
}
