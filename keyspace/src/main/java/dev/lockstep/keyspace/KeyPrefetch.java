package dev.lockstep.keyspace;

import java.util.Arrays;

/**
 * Brings near what looking up several keys, and elements of big collections, will read, before they are looked up one by one.
 *
 * <p>In a big table each look-up waits for memory three times: for a segment, for a slot in it, for the entry. For the
 * requests of a pipeline the waits of one kind don't depend on one another, so done together, step by step, they are waited
 * for only once. It is no more than a hint: keys may come and go in between. Reused; on the keyspace's thread.
 */
public final class KeyPrefetch {
    private final int[] keyOffsets;
    private final int[] keyLengths;
    private final int[] keyFingerprints;
    private final int[] keyPlaces;
    private int keys;

    /** Elements, by the key added before them: the third and the fourth argument of a request, as far as it has them. */
    private final int[] elementKeys;

    private final int[] elementOffsets;
    private final int[] elementLengths;
    private final int[] otherOffsets;
    private final int[] otherLengths;
    private int elements;

    private final int[] roots;
    private final int[] depths;
    private final int[] fingerprints;
    private final int[] places;
    private final int[] homes;

    /** Keeps the compiler from leaving out the reads that fill it. */
    private int touched;

    /**
     * @param most how many requests may be added
     */
    public KeyPrefetch(int most) {
        keyOffsets = new int[most];
        keyLengths = new int[most];
        keyFingerprints = new int[most];
        keyPlaces = new int[most];
        elementKeys = new int[most];
        elementOffsets = new int[most];
        elementLengths = new int[most];
        otherOffsets = new int[most];
        otherLengths = new int[most];
        roots = new int[most];
        depths = new int[most];
        fingerprints = new int[most];
        places = new int[most];
        homes = new int[most];
    }

    /** Adds a key. One that was added just before, as when a client fills one collection, is taken for the same. */
    public void addKey(byte[] array, int offset, int length) {
        if (keys == 0 || !isLastKey(array, offset, length)) {
            keyOffsets[keys] = offset;
            keyLengths[keys] = length;
            keyFingerprints[keys++] = KeyHash.of(array, offset, length);
        }
    }

    private boolean isLastKey(byte[] array, int offset, int length) {
        int last = keyOffsets[keys - 1];
        return length == keyLengths[keys - 1]
                && Arrays.equals(array, last, last + length, array, offset, offset + length);
    }

    /**
     * Adds what may name an element of the collection at the key added last: the argument behind the key, or in a sorted set
     * that is added to, the one behind the score.
     *
     * @param otherLength negative if there is no argument behind the first
     */
    public void addElement(int offset, int length, int otherOffset, int otherLength) {
        elementKeys[elements] = keys - 1;
        elementOffsets[elements] = offset;
        elementLengths[elements] = length;
        otherOffsets[elements] = otherOffset;
        otherLengths[elements++] = otherLength;
    }

    /**
     * Reads for what was added, and forgets it.
     *
     * @param array the one that all of it lies in
     * @return whether it read what can have been far: not where all of it was about one key, and no element of a table
     */
    public boolean run(Database database, byte[] array) {
        Cells cells = database.slab().cells;
        Dict dict = database.dict();
        int named = 0;
        if (dict.root() != 0) {
            Arrays.fill(roots, 0, keys, dict.root());
            Arrays.fill(depths, 0, keys, dict.depth());
            touched = read(cells, keyFingerprints, keyPlaces, keys);
            if (elements > 0) {
                named = namedElements(cells, array);
                touched += read(cells, fingerprints, places, named);
            }
        }
        boolean far = keys > 1 || named > 0;
        keys = 0;
        elements = 0;
        return far;
    }

    /** Chooses the elements that are looked for in a table, and notes in which; returns how many. */
    private int namedElements(Cells cells, byte[] array) {
        int named = 0;
        for (int i = 0; i < elements; i++) {
            int cell = keyPlaces[elementKeys[i]];
            int encoding = cell == 0 ? 0 : Entry.encoding(cells, cell);
            if (encoding == ValueType.HASHTABLE || encoding == ValueType.SKIPLIST) {
                boolean other = encoding == ValueType.SKIPLIST && otherLengths[i] >= 0;
                int at = Structure.at(cells, cell);
                int root = cells.getInt(cell, at + Structure.DICT_ROOT);
                if (root != 0) {
                    roots[named] = root;
                    depths[named] = cells.getInt(cell, at + Structure.DICT_DEPTH);
                    fingerprints[named++] =
                            KeyHash.of(
                                    array,
                                    other ? otherOffsets[i] : elementOffsets[i],
                                    other ? otherLengths[i] : elementLengths[i]);
                }
            }
        }
        return named;
    }

    /**
     * Goes the way of {@link Dict#find} for many fingerprints at once, each in the table with its root and depth. No step that
     * waits for memory decides anything: after a wrong guess at a branch, what was asked for ahead would be waited for in turn.
     */
    private int read(Cells cells, int[] sought, int[] found, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            int segment = Dict.segment(cells, roots[i], depths[i], sought[i]);
            found[i] = segment;
            sum += cells.array(segment)[Cells.offset(segment)];
        }
        for (int i = 0; i < count; i++) {
            byte[] array = cells.array(found[i]);
            int at = Cells.offset(found[i]);
            int slots = Segment.slots(array, at);
            homes[i] = Segment.home(sought[i], Segment.localDepth(array, at), slots);
            sum += (int) Segment.slot(array, at, homes[i]);
        }
        for (int i = 0; i < count; i++) {
            found[i] = Dict.candidate(cells, found[i], homes[i], sought[i]);
        }
        for (int i = 0; i < count; i++) {
            int cell = found[i];
            if (cell != 0) {
                byte[] array = cells.array(cell);
                int offset = Cells.offset(cell);
                sum += array[offset] + array[Math.min(offset + 64, array.length - 1)];
            }
        }
        return sum;
    }
}
