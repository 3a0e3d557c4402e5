package dev.lockstep.keyspace;

/**
 * A hash: fields with values. Small, one listpack of field, value, field, value; bigger, a table of fields.
 *
 * @see CollectionValue
 */
public final class HashValue extends CollectionValue {
    private final ElementTable table = new ElementTable();
    private final StringValue fieldRead = new StringValue();
    private final StringValue valueRead = new StringValue();

    /** Points this at the hash in {@code hashCell}. */
    public HashValue open(Database database, int hashCell) {
        openAt(database, hashCell);
        if (!isPacked()) {
            load(table);
        }
        return this;
    }

    /** Makes an empty hash for the key that {@code database} was asked for last and that is not there. */
    public HashValue create(Database database, byte[] key, int offset, int length) {
        createPacked(database, key, offset, length, ValueType.HASH, ValueType.LISTPACK);
        return this;
    }

    @Override
    public long size() {
        return isPacked() ? Listpack.count(array, at) / 2 : table.count();
    }

    /** Points {@code into} at the value of a field; false if there is none. */
    public boolean get(byte[] field, int offset, int length, StringValue into) {
        if (isPacked()) {
            int there = findPacked(field, offset, length);
            if (there == Listpack.NONE) {
                return false;
            }
            Listpack.get(array, Listpack.next(array, there), into);
            return true;
        }
        int element = table.find(field, offset, length);
        if (element != 0) {
            EntryReader.read(cells, element, into);
        }
        return element != 0;
    }

    private int findPacked(byte[] field, int offset, int length) {
        return Listpack.find(array, at, Listpack.first(array, at), field, offset, length, 1);
    }

    /** Sets a field; true if it is new. */
    public boolean set(
            byte[] field,
            int fieldOffset,
            int fieldLength,
            byte[] value,
            int valueOffset,
            int valueLength) {
        if (isPacked()
                && (fieldLength > limits.hashMaxListpackValue()
                        || valueLength > limits.hashMaxListpackValue())) {
            becomeTable();
        }
        return isPacked()
                ? setPacked(field, fieldOffset, fieldLength, value, valueOffset, valueLength)
                : setInTable(field, fieldOffset, fieldLength, value, valueOffset, valueLength);
    }

    private boolean setPacked(
            byte[] field,
            int fieldOffset,
            int fieldLength,
            byte[] value,
            int valueOffset,
            int valueLength) {
        int there = findPacked(field, fieldOffset, fieldLength);
        if (there != Listpack.NONE) {
            replacePacked(Listpack.next(array, there) - at, value, valueOffset, valueLength);
            return false;
        }
        int bytes = Listpack.bytes(array, at);
        room(
                bytes
                        + Listpack.sizeOf(field, fieldOffset, fieldLength)
                        + Listpack.sizeOf(value, valueOffset, valueLength));
        int end = Listpack.end(array, at);
        int next =
                Listpack.next(
                        array, Listpack.insert(array, at, end, field, fieldOffset, fieldLength));
        Listpack.insert(array, at, next, value, valueOffset, valueLength);
        if (size() > limits.hashMaxListpackEntries()) {
            becomeTable();
        }
        return true;
    }

    private boolean setInTable(
            byte[] field,
            int fieldOffset,
            int fieldLength,
            byte[] value,
            int valueOffset,
            int valueLength) {
        int old = table.find(field, fieldOffset, fieldLength);
        table.put(old, field, fieldOffset, fieldLength, value, valueOffset, valueLength, -1);
        beginChange();
        save(table);
        return old == 0;
    }

    /**
     * Makes a whole listpack, which is valid in itself, the value of this empty hash.
     *
     * @return false if it is no hash: of an odd count, or with a field that is there twice
     */
    public boolean setListpack(byte[] bytes, int offset, int length) {
        if (Listpack.count(bytes, offset) % 2 != 0) {
            return false;
        }
        room(length);
        System.arraycopy(bytes, offset, array, at, length);
        boolean packed = size() <= limits.hashMaxListpackEntries();
        for (int p = Listpack.first(array, at); packed && !Listpack.isEnd(array, p); ) {
            Listpack.get(array, p, fieldRead);
            int first = findPacked(fieldRead.array, fieldRead.offset, fieldRead.length);
            int value = Listpack.next(array, p);
            Listpack.get(array, value, valueRead);
            packed = Math.max(fieldRead.length, valueRead.length) <= limits.hashMaxListpackValue();
            if (first != p) {
                return false;
            }
            p = Listpack.next(array, value);
        }
        long count = size();
        if (!packed) {
            becomeTable();
        }
        return size() == count;
    }

    /** Removes a field; false if it is not there. */
    public boolean remove(byte[] field, int offset, int length) {
        if (isPacked()) {
            int there = findPacked(field, offset, length);
            if (there != Listpack.NONE) {
                deletePacked(there - at, 2);
            }
            return there != Listpack.NONE;
        }
        int element = table.find(field, offset, length);
        if (element == 0) {
            return false;
        }
        table.remove(element);
        beginChange();
        save(table);
        return true;
    }

    private void becomeTable() {
        slab.admitMore(2L * db.valueLength(cell) + 64 * size());
        table.open(slab, 0, 0, 0);
        for (int p = Listpack.first(array, at); !Listpack.isEnd(array, p); ) {
            Listpack.get(array, p, fieldRead);
            p = Listpack.next(array, p);
            Listpack.get(array, p, valueRead);
            p = Listpack.next(array, p);
            byte[] field = fieldRead.array;
            int old = table.find(field, fieldRead.offset, fieldRead.length);
            table.put(
                    old,
                    field,
                    fieldRead.offset,
                    fieldRead.length,
                    valueRead.array,
                    valueRead.offset,
                    valueRead.length,
                    -1);
        }
        becomeStructure(ValueType.HASHTABLE, Structure.BYTES);
        save(table);
    }
}
