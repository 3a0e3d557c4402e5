package dev.lockstep.server;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Who is interested in which keys: a hash table by the number of a database and the bytes of a key, with the interested in
 * the order in which they joined. Executor only.
 *
 * <p>It is looked up with a slice of any array and makes no garbage of that. A key is in the table as long as somebody is
 * interested in it.
 */
final class KeyTable<M extends KeyTable.Member<M>, K extends KeyTable.Key<M>> {
    private static final int SLOTS_MIN = 16;

    /** A key that somebody is interested in. */
    abstract static class Key<M extends Member<M>> {
        final int database;
        final byte[] name;
        M first;
        private M last;
        private int members;
        private int hash;
        private Key<M> next;

        Key(int database, byte[] name) {
            this.database = database;
            this.name = name;
        }

        M last() {
            return last;
        }

        /** How many are interested in it. */
        int members() {
            return members;
        }
    }

    /** One's interest in one key. */
    abstract static class Member<M extends Member<M>> {
        M previous;
        M next;
    }

    /** Makes a key that is not in the table yet. */
    interface Maker<K> {
        K make(int database, byte[] name);
    }

    private final int seed = ThreadLocalRandom.current().nextInt();
    private final Maker<K> maker;
    private Key<M>[] slots = slots(SLOTS_MIN);
    private int size;

    KeyTable(Maker<K> maker) {
        this.maker = maker;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <M extends Member<M>> Key<M>[] slots(int count) {
        return new Key[count];
    }

    /** How many keys there are. */
    int size() {
        return size;
    }

    /** The key of this name, or null if nobody is interested in it. */
    @SuppressWarnings("unchecked")
    K find(int database, byte[] array, int offset, int length) {
        int hash = hash(database, array, offset, length);
        Key<M> key = slots[hash & slots.length - 1];
        while (key != null && !(key.hash == hash && is(key, database, array, offset, length))) {
            key = key.next;
        }
        return (K) key;
    }

    private static boolean is(Key<?> key, int database, byte[] array, int offset, int length) {
        return key.database == database
                && Arrays.equals(key.name, 0, key.name.length, array, offset, offset + length);
    }

    /** The key of this name, which is put into the table if it isn't there: somebody has to join it at once. */
    K findOrMake(int database, byte[] array, int offset, int length) {
        K found = find(database, array, offset, length);
        if (found != null) {
            return found;
        }
        if (size == slots.length) {
            resize(slots.length * 2);
        }
        K made = maker.make(database, Arrays.copyOfRange(array, offset, offset + length));
        Key<M> key = made;
        key.hash = hash(database, array, offset, length);
        link(key);
        size++;
        return made;
    }

    /** Adds an interest in a key, behind the others. */
    void join(K joined, M member) {
        Key<M> key = joined;
        member.previous = key.last;
        if (key.last == null) {
            key.first = member;
        } else {
            key.last.next = member;
        }
        key.last = member;
        key.members++;
    }

    /** Ends an interest in a key. */
    void leave(K left, M member) {
        Key<M> key = left;
        if (member.previous == null) {
            key.first = member.next;
        } else {
            member.previous.next = member.next;
        }
        if (member.next == null) {
            key.last = member.previous;
        } else {
            member.next.previous = member.previous;
        }
        if (--key.members == 0) {
            remove(key);
        }
    }

    private void remove(Key<M> key) {
        int slot = key.hash & slots.length - 1;
        if (slots[slot] == key) {
            slots[slot] = key.next;
        } else {
            Key<M> before = slots[slot];
            while (before.next != key) {
                before = before.next;
            }
            before.next = key.next;
        }
        size--;
        if (size < slots.length / 8 && slots.length > SLOTS_MIN) {
            resize(slots.length / 2);
        }
    }

    private void link(Key<M> key) {
        int slot = key.hash & slots.length - 1;
        key.next = slots[slot];
        slots[slot] = key;
    }

    private void resize(int count) {
        Key<M>[] old = slots;
        slots = slots(count);
        for (Key<M> first : old) {
            Key<M> key = first;
            while (key != null) {
                Key<M> next = key.next;
                link(key);
                key = next;
            }
        }
    }

    /** The keys of one database, in no order. */
    @SuppressWarnings("unchecked")
    List<K> of(int database) {
        List<K> found = new ArrayList<>();
        for (Key<M> first : slots) {
            for (Key<M> key = first; key != null; key = key.next) {
                if (key.database == database) {
                    found.add((K) key);
                }
            }
        }
        return found;
    }

    /** Begins with a number drawn at start, so that nobody can choose keys that all fall into one slot. */
    private int hash(int database, byte[] array, int offset, int length) {
        int hash = seed + database;
        for (int i = offset; i < offset + length; i++) {
            hash = (hash ^ array[i]) * 0x5bd1e995;
            hash ^= hash >>> 15;
        }
        return hash;
    }
}
