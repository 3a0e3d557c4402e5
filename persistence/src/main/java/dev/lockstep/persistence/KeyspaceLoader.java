package dev.lockstep.persistence;

import dev.lockstep.keyspace.BulkInsert;
import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.MemoryLimitException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;

/**
 * Fills a keyspace with what an {@link RdbReader} reads.
 *
 * <p>The keyspace belongs to the loading thread, and what is in it after a failure is of no use. {@link #cancel} and the
 * counters may be called on any thread. Nothing is allocated per key.
 */
public final class KeyspaceLoader implements RdbHandler {
    /**
     * How to load.
     *
     * @param dropExpired whether to leave out keys whose deadline has passed: a master does, a replica keeps them
     * @param nowMillis the moment that decides which have, Unix milliseconds
     * @param replace whether a key that is there already is replaced; otherwise it is an error
     * @param expiredKeysBytes how many bytes of the names of keys left out may be kept, where replicas could ask to go on from
     *     the data's position
     * @param keyDelayMicros key-load-delay, asked at every key
     * @param log takes what is worth a line in the log, on the loading thread
     */
    public record Options(
            boolean dropExpired,
            long nowMillis,
            boolean replace,
            long expiredKeysBytes,
            IntSupplier keyDelayMicros,
            Consumer<String> log) {}

    private static final int EMPTY_KEYS_NAMED = 10;
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,18}");

    private final Keyspace keyspace;
    private final Options options;
    private final BulkInsert bulk;

    /** Where collections are built that have expired, only to be read over. */
    private final Keyspace unwanted = new Keyspace(1);

    private final ExpiredKeys expiredKeys;
    private final KeyDelay delay = new KeyDelay("the load");
    private int db;
    private long keys;
    private long expired;
    private long empty;
    private volatile long keysLoaded;
    private volatile long keysExpired;
    private volatile long bytesRead;
    private volatile long usedMemory;

    private final List<byte[]> libraries = new ArrayList<>();
    private long length;
    private String replId;
    private long replOffset = -1;
    private int replStreamDb = -1;

    public KeyspaceLoader(Keyspace keyspace, Options options) {
        this.keyspace = keyspace;
        this.options = options;
        bulk = new BulkInsert(keyspace, options.replace());
        expiredKeys = new ExpiredKeys(options.expiredKeysBytes());
    }

    /**
     * Reads a whole RDB into the keyspace.
     *
     * @param verifyChecksum whether a wrong checksum is an error (rdbchecksum)
     * @throws RdbException if the bytes are no RDB, damaged, or of a kind that can't be loaded
     * @throws CancelledException after {@link #cancel}
     * @throws IOException what the source threw, or what forbids this RDB here: memory, number of databases
     */
    public void load(ByteSource source, boolean verifyChecksum) throws IOException {
        try {
            try {
                RdbReader reader = new RdbReader(source, verifyChecksum);
                reader.load(this);
                length = reader.offset();
            } finally {
                bulk.flush();
            }
        } catch (MemoryLimitException | OutOfMemoryError full) {
            throw new IOException(
                    "the data don't fit: "
                            + keys
                            + " keys in "
                            + keyspace.slab().reserved()
                            + " bytes were loaded when the Java heap was full; start with a larger -Xmx",
                    full);
        }
        checkDuplicates();
        report();
    }

    private void checkDuplicates() throws IOException {
        byte[] key = bulk.refusedKey();
        if (key != null) {
            throw new IOException(
                    "the key '" + RdbEntry.printable(key, 0, key.length) + "' is there twice");
        }
    }

    /** Makes {@link #load} end soon with {@link CancelledException}. */
    public void cancel() {
        delay.cancel();
    }

    /** How many keys were loaded so far; exact when the load is over. */
    public long keysLoaded() {
        return keysLoaded;
    }

    /** How many keys were left out because they had expired. */
    public long keysExpired() {
        return keysExpired;
    }

    /** How many keys were left out because there was nothing in them; when the load is over. */
    public long emptyKeysSkipped() {
        return empty;
    }

    /** How many bytes were read so far, in steps of about 128 KiB. */
    public long bytesRead() {
        return bytesRead;
    }

    /** How long the RDB is; when the load is over. The source may go on behind it. */
    public long length() {
        return length;
    }

    /** The field used-mem, 0 before it was read. */
    public long writersUsedMemory() {
        return usedMemory;
    }

    /** Which keys were left out, if the RDB says what the data correspond to; when the load is over. */
    public ExpiredKeys expiredKeys() {
        return expiredKeys;
    }

    /** The code of the function libraries; when the load is over. */
    public List<byte[]> libraries() {
        return libraries;
    }

    /**
     * What the data correspond to in a replication stream; when the load is over. Null if the RDB doesn't say, or if more
     * keys were left out than a replica that goes on from there could be told.
     */
    public ReplicationPosition position() {
        return replId == null || replOffset < 0 || !expiredKeys.isComplete()
                ? null
                : new ReplicationPosition(replId, replOffset, replStreamDb);
    }

    @Override
    public void aux(String name, String value) throws IOException {
        switch (name) {
            case RdbAux.REPL_ID -> {
                if (value.length() == 40) {
                    replId = value;
                }
            }
            case RdbAux.REPL_OFFSET -> replOffset = number(value, -1);
            case RdbAux.REPL_STREAM_DB -> replStreamDb = (int) number(value, -1);
            case RdbAux.REDIS_VER ->
                    options.log().accept("Loading RDB produced by version " + value);
            case RdbAux.CTIME -> {
                long age = Math.max(0, options.nowMillis() / 1000 - number(value, 0));
                options.log().accept("RDB age " + age + " seconds");
            }
            case RdbAux.USED_MEM -> {
                usedMemory = number(value, 0);
                options.log()
                        .accept(
                                String.format(
                                        Locale.ROOT,
                                        "RDB memory usage when created %.2f Mb",
                                        usedMemory / (double) (1 << 20)));
            }
            default -> {}
        }
    }

    private static long number(String text, long otherwise) {
        return NUMBER.matcher(text).matches() ? Long.parseLong(text) : otherwise;
    }

    @Override
    public void selectDb(int db) throws IOException {
        if (db >= keyspace.databases()) {
            throw new IOException(
                    "the data need database "
                            + db
                            + ", but this server is configured with 'databases "
                            + keyspace.databases()
                            + "'");
        }
        this.db = db;
        bulk.select(db);
        checkDuplicates();
    }

    @Override
    public void resizeDb(long keysExpected, long expires) {
        bulk.expect(keysExpected);
    }

    @Override
    public void functionLibrary(byte[] code) {
        libraries.add(code);
    }

    @Override
    public void empty(RdbEntry entry) {
        if (empty++ < EMPTY_KEYS_NAMED) {
            options.log().accept("rdbLoadObject skipping empty key: " + entry.printableKey());
        }
    }

    @Override
    public void skipped(String text) {
        options.log().accept("Skipped while loading: " + text);
    }

    @Override
    public void progress(long bytes) throws IOException {
        bytesRead = bytes;
        report();
        delay.check();
    }

    private void report() {
        keysLoaded = keys;
        keysExpired = expired;
    }

    @Override
    public void string(RdbEntry entry, byte[] array, int offset, int length) throws IOException {
        long deadline = deadline(entry);
        if (wanted(entry, deadline)) {
            byte[] key = entry.keyArray();
            int at = entry.keyOffset();
            loaded(entry, bulk.string(key, at, entry.keyLength(), array, offset, length, deadline));
        }
    }

    @Override
    public void stringInteger(RdbEntry entry, long value) throws IOException {
        long deadline = deadline(entry);
        if (wanted(entry, deadline)) {
            byte[] key = entry.keyArray();
            int at = entry.keyOffset();
            loaded(entry, bulk.integer(key, at, entry.keyLength(), value, deadline));
        }
    }

    @Override
    public void largeString(RdbEntry entry, byte[] owned) throws IOException {
        long deadline = deadline(entry);
        if (wanted(entry, deadline)) {
            byte[] key = entry.keyArray();
            int at = entry.keyOffset();
            loaded(entry, bulk.owned(key, at, entry.keyLength(), owned, deadline));
        }
    }

    @Override
    public Database building(RdbEntry entry) throws IOException {
        if (!wanted(entry, deadline(entry))) {
            return unwanted.database(0);
        }
        Database database = bulk.database();
        int old = database.find(entry.keyArray(), entry.keyOffset(), entry.keyLength());
        if (old != 0) {
            if (!options.replace()) {
                throw new IOException("the key '" + entry.printableKey() + "' is there twice");
            }
            database.delete(old);
        }
        return database;
    }

    @Override
    public void built(RdbEntry entry, int cell) throws IOException {
        long deadline = deadline(entry);
        if (hasExpired(deadline)) {
            unwanted.clear();
        } else {
            loaded(entry, bulk.database().setDeadline(cell, deadline));
            bulk.addedBeside();
        }
    }

    /** The deadline as the keyspace has it: -1 for none, and no other negative number. */
    private static long deadline(RdbEntry entry) {
        long deadline = entry.expireAtMillis();
        return deadline == RdbEntry.NO_EXPIRY ? -1 : Math.max(0, deadline);
    }

    private boolean wanted(RdbEntry entry, long deadline) {
        if (hasExpired(deadline)) {
            expired++;
            bulk.expectOneLess();
            if (replId != null) {
                expiredKeys.add(db, entry);
            }
            return false;
        }
        return true;
    }

    private boolean hasExpired(long deadline) {
        return deadline >= 0 && options.dropExpired() && deadline < options.nowMillis();
    }

    private void loaded(RdbEntry entry, int cell) throws IOException {
        keyspace.slab().endGrant();
        if (keyspace.clock().isLfu()) {
            if (entry.freq() != RdbEntry.UNKNOWN) {
                bulk.access(cell, keyspace.clock().frequency(entry.freq()));
            }
        } else if (entry.idleSeconds() != RdbEntry.UNKNOWN) {
            bulk.access(cell, keyspace.clock().idle(entry.idleSeconds()));
        }
        keys++;
        int micros = options.keyDelayMicros().getAsInt();
        if (micros != 0) {
            report();
            delay.afterKey(micros);
        }
    }
}
