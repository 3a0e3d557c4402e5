package dev.lockstep.keyspace;

/**
 * The layout of what a consumer group keeps of its own behind its {@link Structure}, and of what its parts hold.
 *
 * <pre>
 *   40          48           56            64
 *   +-----------+------------+-------------+
 *   | last ID   | last ID    | entries     |      of the group: the entry delivered last, and how many were read
 *   | ms: 8     | seq: 8     | read: 8     |      to get there, -1 if nobody knows
 *   +-----------+------------+-------------+
 *
 *   0           4            12            20
 *   +-----------+------------+-------------+
 *   | number: 4 | seen: 8    | active: 8   |      value of a consumer: its number in the group; when it last asked and when
 *   +-----------+------------+-------------+      it last got something, Unix milliseconds, -1 for never
 *
 *   structure of a group    dict: consumers by name
 *                           tree: entries that are pending, by ID: (milliseconds, {@link PendingEntry})
 *                           expiry tree: (2 * consumer's number, consumer's cell) and, for each entry that is pending with
 *                           it, (2 * number + 1, {@link PendingEntry}), by ID
 * </pre>
 *
 * So an entry that is pending is one cell, which both trees name, and what is pending with one consumer lies together behind
 * the consumer itself.
 */
final class GroupHeader {
    static final int LAST_MS = Structure.BYTES;
    static final int LAST_SEQ = LAST_MS + 8;
    static final int ENTRIES_READ = LAST_SEQ + 8;
    static final int BYTES = ENTRIES_READ + 8;

    static final int CONSUMER_NUMBER = 0;
    static final int CONSUMER_SEEN = 4;
    static final int CONSUMER_ACTIVE = 12;
    static final int CONSUMER_BYTES = 20;

    private GroupHeader() {}

    /** The key of a consumer in the tree by consumers. */
    static long consumerKey(int number) {
        return 2L * number;
    }

    /** The key of what is pending with a consumer. */
    static long pendingKey(int number) {
        return 2L * number + 1;
    }

    static boolean isConsumer(long key) {
        return (key & 1) == 0;
    }
}
