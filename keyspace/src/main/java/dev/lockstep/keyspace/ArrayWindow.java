package dev.lockstep.keyspace;

/**
 * An object that is used again for every command and keeps the array that it looks into. One of the slab's chunks lives as
 * long as the data; but a long value has an array of its own, and is not to outlive its key because somebody may still look
 * there.
 */
abstract class ArrayWindow {
    /** Whether {@link ArrayWindows} has it. */
    private boolean listed;

    /** What it looks into; stored only if it is another one, as {@link CollectionValue} explains. */
    byte[] array;

    /** Looks into this array from now on. */
    final void lookInto(byte[] newArray) {
        if (array != newArray) {
            array = newArray;
            int length = newArray.length;
            if (length > SizeClasses.MAX_BYTES && length != ChunkSupply.CHUNK_BYTES && !listed) {
                listed = ArrayWindows.add(this);
            }
        }
    }

    final void close() {
        listed = false;
        letGo();
    }

    /** Forgets the array, and is fit to be opened again. */
    void letGo() {
        array = null;
    }
}
