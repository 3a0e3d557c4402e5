package dev.lockstep.persistence;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Keeps what a reader reports as lines of text; strings show the bytes, whichever way they came. */
final class Recording implements RdbHandler {
    final List<String> events = new ArrayList<>();

    static List<String> of(final byte[] rdb) throws Exception {
        return of(new Bytes.Source(rdb, Integer.MAX_VALUE, true));
    }

    static List<String> of(final ByteSource source) throws Exception {
        final Recording recording = new Recording();
        new RdbReader(source, true).load(recording);
        return recording.events;
    }

    static String key(
            final String key,
            final String value,
            final long expire,
            final long idle,
            final int freq) {
        return "key "
                + key
                + " expire="
                + expire
                + " idle="
                + idle
                + " freq="
                + freq
                + " = "
                + value;
    }

    static String key(final String key, final String value) {
        return key(key, value, -1, -1, -1);
    }

    @Override
    public void aux(final String name, final String value) {
        events.add("aux " + name + "=" + value);
    }

    @Override
    public void selectDb(final int db) {
        events.add("db " + db);
    }

    @Override
    public void resizeDb(final long keys, final long expires) {
        events.add("resize " + keys + " " + expires);
    }

    @Override
    public void functionLibrary(final byte[] code) {
        events.add("function " + latin1(code, 0, code.length));
    }

    @Override
    public void string(
            final RdbEntry entry, final byte[] array, final int offset, final int length) {
        if (length > 32 << 10) {
            throw new AssertionError("a slice of " + length + " bytes");
        }
        add(entry, latin1(array, offset, length));
    }

    @Override
    public void stringInteger(final RdbEntry entry, final long value) {
        add(entry, Long.toString(value));
    }

    @Override
    public void largeString(final RdbEntry entry, final byte[] owned) {
        if (owned.length <= 32 << 10) {
            throw new AssertionError("an array of its own for " + owned.length + " bytes");
        }
        final byte[] copy = Arrays.copyOf(owned, owned.length);
        Arrays.fill(owned, (byte) 'X');
        add(entry, latin1(copy, 0, copy.length));
    }

    @Override
    public Database building(final RdbEntry entry) {
        return new Keyspace(1).database(0);
    }

    @Override
    public void built(final RdbEntry entry, final int cell) {
        events.add("built " + new String(entry.copyKey(), StandardCharsets.ISO_8859_1));
    }

    @Override
    public void skipped(final String text) {
        events.add("skipped " + text);
    }

    private void add(final RdbEntry e, final String value) {
        final String key = latin1(e.keyArray(), e.keyOffset(), e.keyLength());
        events.add(key(key, value, e.expireAtMillis(), e.idleSeconds(), e.freq()));
    }

    private static String latin1(final byte[] array, final int offset, final int length) {
        return new String(array, offset, length, StandardCharsets.ISO_8859_1);
    }
}
