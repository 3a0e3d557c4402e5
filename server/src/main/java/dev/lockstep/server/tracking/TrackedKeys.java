package dev.lockstep.server.tracking;

import dev.lockstep.server.pubsub.Name;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The keys that clients have read and may have in their caches, with who they are. Executor only.
 *
 * <p>A key is known by its name alone, whatever database it is in. The table is in many small parts, each of which grows by
 * itself, so that no command waits for a large one to grow.
 */
final class TrackedKeys {
    private static final int PARTS = 1024;

    /** About what a key takes beside its bytes and its set of clients: its name and its place in the table. */
    private static final int BYTES_EACH = 104;

    private final SplittableRandom random = new SplittableRandom();
    private final Name sought = Name.forLookUp();
    private Map<Name, Trackers>[] parts = newParts();
    private int size;
    private long items;
    private long bytes;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Map<Name, Trackers>[] newParts() {
        return new Map[PARTS];
    }

    int size() {
        return size;
    }

    /** The sizes of all sets of clients together. */
    long items() {
        return items;
    }

    /** About what all of it takes in memory. */
    long bytes() {
        return bytes;
    }

    /** A client has read a key. */
    void add(byte[] array, int offset, int length, ClientTracking client) {
        int at = part(sought.at(array, offset, length));
        Map<Name, Trackers> part = parts[at];
        if (part == null) {
            part = new LinkedHashMap<>();
            parts[at] = part;
        }
        Trackers before = part.get(sought);
        if (before == null) {
            part.put(sought.copy(), client);
            size++;
            items++;
            bytes += BYTES_EACH + length;
            return;
        }
        long others = items - before.count();
        long rest = bytes - before.bytes();
        Trackers after = before.with(client);
        items = others + after.count();
        bytes = rest + after.bytes();
        if (after != before) {
            part.replace(sought, after);
        }
    }

    /** Forgets a key; returns who had read it, or null. */
    Trackers remove(byte[] array, int offset, int length) {
        Map<Name, Trackers> part = parts[part(sought.at(array, offset, length))];
        Trackers removed = part == null ? null : part.remove(sought);
        if (removed != null) {
            uncount(length, removed);
        }
        return removed;
    }

    /** Some key, one that has been here for long rather than a new one; there must be any. */
    Name any() {
        int at = random.nextInt(PARTS);
        while (parts[at] == null || parts[at].isEmpty()) {
            at = at + 1 & PARTS - 1;
        }
        Iterator<Name> names = parts[at].keySet().iterator();
        return names.next();
    }

    void clear() {
        parts = newParts();
        size = 0;
        items = 0;
        bytes = 0;
    }

    private void uncount(int length, Trackers removed) {
        size--;
        items -= removed.count();
        bytes -= BYTES_EACH + length + removed.bytes();
    }

    private static int part(Name name) {
        return name.hashCode() * 0x9e3779b9 >>> 22;
    }
}
