package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.SetValue;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;

/**
 * One of the sets that ZUNION and its kin work on: a sorted set, or a set, whose members all have the score 1, or nothing.
 * Reused; executor only.
 */
final class ScoredSource {
    private static final double SCORE_IN_SET = 1;

    private final SortedSetValue zset = new SortedSetValue();
    private final SetValue set = new SetValue();
    private final ElementCursor members = new ElementCursor();
    private Database db;
    private int cell;
    private boolean isSet;
    private double weight;

    /** Opens an entry, or 0 for a key that is not there. */
    void open(Database database, int entry) {
        db = database;
        cell = entry;
        weight = 1;
        isSet = entry != 0 && database.type(entry) == ValueType.SET;
        if (isSet) {
            set.open(database, entry);
        } else if (entry != 0) {
            zset.open(database, entry);
        }
    }

    void weight(double factor) {
        weight = factor;
    }

    long size() {
        return cell == 0 ? 0 : isSet ? set.size() : zset.size();
    }

    /** Whether both are of the same key. */
    boolean isSame(ScoredSource other) {
        return cell == other.cell;
    }

    /** Begins with the members. */
    void begin() {
        if (cell != 0) {
            members.open(db, cell);
        }
    }

    /** Goes on to the next member; false at the end. */
    boolean next() {
        return cell != 0 && members.next();
    }

    StringValue member() {
        return members.element();
    }

    /** The weighted score of the member gone to. */
    double memberScore() {
        return weighted(isSet ? SCORE_IN_SET : members.score());
    }

    /** Looks a member up. */
    boolean find(StringValue member) {
        return cell != 0
                && (isSet
                        ? set.contains(member)
                        : zset.find(member.array(), member.offset(), member.length()));
    }

    /** The weighted score of the member found. */
    double score() {
        return weighted(isSet ? SCORE_IN_SET : zset.score());
    }

    /** A score of another source, weighted as those of this one. */
    private double weighted(double score) {
        return weight * score;
    }

    /** The score, with this one's weight, that the member gone to in {@code same}, which is of the same key, has. */
    double scoreOf(ScoredSource same) {
        return weighted(isSet ? SCORE_IN_SET : same.members.score());
    }
}
