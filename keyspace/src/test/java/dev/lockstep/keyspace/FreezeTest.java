package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.KeyspaceModel.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Random operations against a plain model, with freezes at random points: each view is compared with a copy of the model
 * taken at that point, by a second thread, while writes go on.
 *
 * <p>{@code -Dlockstep.seeds=20000} runs more seeds, {@code -Dlockstep.firstSeed=n} begins with another.
 */
class FreezeTest {
    private static final int SEEDS = Integer.getInteger("lockstep.seeds", 1000);
    private static final int FIRST_SEED = Integer.getInteger("lockstep.firstSeed", 1);
    private static final int MOST_VIEWS = 4;

    @Test
    void viewsStayAsTheyWereWhileWritesGoOn() throws Exception {
        ExecutorService reader =
                Executors.newSingleThreadExecutor(
                        task -> {
                            Thread thread = new Thread(task, "view-reader");
                            thread.setDaemon(true);
                            return thread;
                        });
        try {
            for (int seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
                try {
                    new Run(seed, reader).run();
                } catch (Exception | AssertionError failure) {
                    throw new AssertionError(
                            "fails with -Dlockstep.seeds=1 -Dlockstep.firstSeed=" + seed, failure);
                }
            }
        } finally {
            reader.shutdown();
        }
    }

    /** One seed: its own keyspace and model. */
    private static final class Run {
        private final SplittableRandom random;
        private final ExecutorService reader;
        private final int operations;
        private final boolean limited;
        private final Keyspace keyspace;
        private final KeyspaceModel model;
        private final List<View> views = new ArrayList<>();
        private final List<Future<?>> readings = new ArrayList<>();
        private final StringValue string = new StringValue();
        private final int largeValues;
        private long now = 1_000_000;

        Run(int seed, ExecutorService reader) {
            random = new SplittableRandom(seed);
            this.reader = reader;
            int databases = 1 + random.nextInt(4);
            int keys = 5 << random.nextInt(seed % 10 == 0 ? 11 : 7);
            operations = 100 + random.nextInt(seed % 10 == 0 ? 3000 : 1000);
            limited = seed % 4 == 0;
            largeValues = random.nextInt(4);
            keyspace = new Keyspace(databases, seed % 50 == 0 ? 8192 : 0);
            keyspace.clock().now(now);
            keyspace.clock().policy(random.nextBoolean(), 10, 1);
            model = new KeyspaceModel(new KeyspaceModel.Keys(keys, random), databases);
        }

        void run() throws Exception {
            for (int i = 0; i < operations; i++) {
                now += random.nextInt(50);
                try {
                    step();
                } catch (MemoryLimitException full) {
                    assertTrue(limited, "no limit was set");
                    if (random.nextBoolean()) {
                        keyspace.limit(Long.MAX_VALUE);
                    }
                }
                if (random.nextInt(200) == 0) {
                    model.assertSameAs(keyspace);
                }
            }
            model.assertSameAs(keyspace);
            end();
        }

        private void step() throws Exception {
            int dice = random.nextInt(1000);
            if (dice < 320) {
                setString();
            } else if (dice < 330) {
                create();
            } else if (dice < 400) {
                setInteger();
            } else if (dice < 420) {
                setOwned();
            } else if (dice < 520) {
                resize();
            } else if (dice < 600) {
                setDeadline();
            } else if (dice < 700) {
                delete();
            } else if (dice < 760) {
                renameOrCopy();
            } else if (dice < 800) {
                replaceInteger();
            } else if (dice < 840) {
                touch();
            } else if (dice < 870) {
                expire();
            } else if (dice < 890) {
                many();
            } else if (dice < 893) {
                clearOne();
            } else if (dice < 894) {
                clearAll();
            } else if (dice < 900) {
                swap();
            } else if (dice < 940) {
                keyspace.reclaim();
            } else if (dice < 965) {
                freeze();
            } else if (dice < 990) {
                closeOne();
            } else if (limited) {
                keyspace.limit(keyspace.slab().reserved() + random.nextInt(6 << 20));
            }
        }

        // ---- choosing ----

        private int randomDatabase() {
            return random.nextInt(model.databases.size());
        }

        private int randomKey() {
            return random.nextInt(model.keys.bytes.length);
        }

        private int find(int database, int key) {
            byte[] bytes = model.keys.bytes[key];
            int cell = keyspace.database(database).find(bytes, 0, bytes.length);
            assertEquals(model.databases.get(database).containsKey(key), cell != 0, "key " + key);
            return cell;
        }

        private int numberOf(Database database, int cell) {
            return model.keys.number(
                    database.keyArray(cell), database.keyOffset(cell), database.keyLength(cell));
        }

        private long randomDeadline() {
            int dice = random.nextInt(10);
            return dice < 6 ? -1 : dice < 8 ? now + random.nextInt(5000) : 2_000_000;
        }

        /** All lengths, with a liking for those where something changes: empty, embstr, classes, cells, arrays. */
        private int randomLength() {
            int dice = random.nextInt(100);
            if (dice < 60) {
                return random.nextInt(120);
            } else if (dice < 80) {
                return random.nextInt(2000);
            } else if (dice < 90) {
                return Math.max(0, 16 * random.nextInt(120) - 10 + random.nextInt(20));
            } else if (dice < 94) {
                return random.nextInt(24_000, 34_000);
            } else if (dice < 94 + largeValues) {
                return SizeClasses.MAX_BYTES - 60 + random.nextInt(60);
            }
            return random.nextInt(dice < 94 + 2 * largeValues ? 100_000 : 500);
        }

        private byte[] randomBytes(int length) {
            byte[] bytes = new byte[length];
            if (length < 4096) {
                random.nextBytes(bytes);
            } else {
                Arrays.fill(bytes, (byte) random.nextInt());
                for (int i = 0; i < 30; i++) {
                    bytes[random.nextInt(length)] = (byte) i;
                }
            }
            return bytes;
        }

        private long randomNumber() {
            long number = random.nextLong() >> random.nextInt(64);
            return random.nextInt(30) == 0 ? Long.MIN_VALUE : number;
        }

        private static int encodingOf(byte[] bytes) {
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            if (bytes.length > 0 && bytes.length <= 20) {
                try {
                    if (Long.toString(Long.parseLong(text)).equals(text)) {
                        return ValueType.INT;
                    }
                } catch (NumberFormatException notOne) {
                    return ValueType.EMBSTR;
                }
            }
            return bytes.length <= ValueType.EMBSTR_MAX ? ValueType.EMBSTR : ValueType.RAW;
        }

        // ---- operations ----

        private void setString() {
            int database = randomDatabase();
            int key = randomKey();
            long deadline = randomDeadline();
            byte[] value = randomBytes(randomLength());
            int dice = random.nextInt(10);
            if (dice == 0) {
                value = Long.toString(randomNumber()).getBytes(StandardCharsets.US_ASCII);
            } else if (dice == 1 && setFromTheSlab(database, key, deadline)) {
                return;
            }
            set(database, key, value, deadline);
        }

        private void set(int database, int key, byte[] value, long deadline) {
            byte[] bytes = model.keys.bytes[key];
            int before = random.nextInt(3);
            byte[] around = new byte[before + value.length + random.nextInt(3)];
            System.arraycopy(value, 0, around, before, value.length);
            int cell =
                    keyspace.database(database)
                            .setString(
                                    bytes, 0, bytes.length, around, before, value.length, deadline);
            model.databases.get(database).put(key, new Value(value, deadline, encodingOf(value)));
            assertEquals(cell, find(database, key));
        }

        /** Key and value lie in the slab: the value is a part of some value, perhaps of the one that is replaced. */
        private boolean setFromTheSlab(int into, int key, long deadline) {
            int from = random.nextInt(3) > 0 ? into : randomDatabase();
            int source = random.nextInt(3) > 0 ? key : randomKey();
            int sourceCell = find(from, source);
            int cell = find(into, key);
            if (sourceCell == 0 || cell == 0) {
                return false;
            }
            byte[] whole = model.databases.get(from).get(source).bytes();
            int start = random.nextInt(whole.length + 1);
            int end = random.nextInt(start, whole.length + 1);
            keyspace.database(from).read(sourceCell, string);
            Database database = keyspace.database(into);
            database.setString(
                    database.keyArray(cell),
                    database.keyOffset(cell),
                    database.keyLength(cell),
                    string.array(),
                    string.offset() + start,
                    end - start,
                    deadline);
            byte[] part = Arrays.copyOfRange(whole, start, end);
            model.databases.get(into).put(key, new Value(part, deadline, encodingOf(part)));
            return true;
        }

        private void create() {
            int database = randomDatabase();
            int key = randomKey();
            if (find(database, key) == 0) {
                byte[] bytes = model.keys.bytes[key];
                int length = randomLength();
                keyspace.database(database).createString(bytes, 0, bytes.length, length);
                Value zeros = new Value(new byte[length], -1, ValueType.RAW);
                model.databases.get(database).put(key, zeros);
            }
        }

        private void setInteger() {
            int database = randomDatabase();
            int key = randomKey();
            long number = randomNumber();
            long deadline = randomDeadline();
            byte[] bytes = model.keys.bytes[key];
            keyspace.database(database).setInteger(bytes, 0, bytes.length, number, deadline);
            model.databases.get(database).put(key, integer(number, deadline));
        }

        private static Value integer(long number, long deadline) {
            byte[] digits = Long.toString(number).getBytes(StandardCharsets.US_ASCII);
            return new Value(digits, deadline, ValueType.INT);
        }

        private void setOwned() {
            int database = randomDatabase();
            int key = randomKey();
            long deadline = randomDeadline();
            byte[] value = randomBytes(Math.max(1, random.nextInt(50_000) - 5000));
            byte[] bytes = model.keys.bytes[key];
            keyspace.database(database).setOwned(bytes, 0, bytes.length, value.clone(), deadline);
            model.databases.get(database).put(key, new Value(value, deadline, encodingOf(value)));
        }

        private void resize() {
            int database = randomDatabase();
            int key = randomKey();
            int cell = find(database, key);
            if (cell == 0) {
                return;
            }
            Value old = model.databases.get(database).get(key);
            int length =
                    random.nextBoolean()
                            ? old.bytes().length + random.nextInt(1 << random.nextInt(12))
                            : randomLength();
            cell = keyspace.database(database).resizeString(cell, length);
            byte[] value = Arrays.copyOf(old.bytes(), length);
            keyspace.database(database).read(cell, string);
            assertEquals(length, string.length());
            if (length > 0) {
                byte[] part = randomBytes(random.nextInt(Math.min(length, 200) + 1));
                int at = random.nextInt(length - part.length + 1);
                System.arraycopy(part, 0, value, at, part.length);
                System.arraycopy(part, 0, string.array(), string.offset() + at, part.length);
            }
            model.databases.get(database).put(key, new Value(value, old.deadline(), ValueType.RAW));
            assertEquals(cell, find(database, key));
        }

        private void setDeadline() {
            int database = randomDatabase();
            int key = randomKey();
            int cell = find(database, key);
            if (cell == 0) {
                return;
            }
            long deadline = randomDeadline();
            int moved = keyspace.database(database).setDeadline(cell, deadline);
            Value old = model.databases.get(database).get(key);
            model.databases.get(database).put(key, old.withDeadline(deadline));
            assertEquals(moved, find(database, key));
        }

        private void delete() {
            int database = randomDatabase();
            int key = randomKey();
            int cell = find(database, key);
            if (random.nextInt(4) == 0) {
                cell = keyspace.database(database).randomEntry();
                assertEquals(model.databases.get(database).isEmpty(), cell == 0);
                key = cell == 0 ? key : numberOf(keyspace.database(database), cell);
            }
            if (cell != 0) {
                keyspace.database(database).delete(cell);
                model.databases.get(database).remove(key);
                assertEquals(0, find(database, key));
            }
        }

        private void renameOrCopy() {
            int from = randomDatabase();
            int to = random.nextBoolean() ? from : randomDatabase();
            int key = randomKey();
            int newKey = random.nextInt(8) == 0 ? key : randomKey();
            int cell = find(from, key);
            if (cell == 0) {
                return;
            }
            boolean copy = random.nextInt(3) == 0;
            int existing = find(to, newKey);
            Database source = keyspace.database(from);
            Database target = keyspace.database(to);
            byte[] bytes = model.keys.bytes[newKey];
            int offset = 0;
            int length = bytes.length;
            if (existing != 0 && random.nextBoolean()) {
                bytes = target.keyArray(existing);
                offset = target.keyOffset(existing);
            }
            int moved =
                    copy
                            ? source.copy(cell, target, bytes, offset, length)
                            : source.rename(cell, target, bytes, offset, length);
            Value value = model.databases.get(from).get(key);
            if (!copy) {
                model.databases.get(from).remove(key);
            }
            model.databases.get(to).put(newKey, value);
            assertEquals(moved, find(to, newKey));
            find(from, key);
        }

        private void replaceInteger() {
            int database = randomDatabase();
            int key = randomKey();
            int cell = find(database, key);
            if (cell != 0 && keyspace.database(database).encoding(cell) == ValueType.INT) {
                long number = randomNumber();
                int moved = keyspace.database(database).replaceInteger(cell, number);
                Value old = model.databases.get(database).get(key);
                model.databases.get(database).put(key, integer(number, old.deadline()));
                assertEquals(moved, find(database, key));
            }
        }

        private void touch() {
            int database = randomDatabase();
            int cell = find(database, randomKey());
            if (cell != 0) {
                keyspace.database(database).touch(cell);
            }
        }

        private void expire() {
            int index = randomDatabase();
            Database database = keyspace.database(index);
            Map<Integer, Value> expected = model.databases.get(index);
            int some = database.randomVolatile();
            assertEquals(database.volatileCount() > 0, some != 0);
            if (some != 0) {
                long deadline = expected.get(numberOf(database, some)).deadline();
                assertTrue(deadline >= 0);
                assertEquals(deadline, database.deadline(some));
            }
            for (int i = 0; i < 20; i++) {
                int cell = database.nextExpired(now);
                long earliest =
                        expected.values().stream()
                                .mapToLong(Value::deadline)
                                .filter(deadline -> deadline >= 0)
                                .min()
                                .orElse(Long.MAX_VALUE);
                assertEquals(earliest <= now, cell != 0);
                if (cell == 0) {
                    return;
                }
                assertEquals(cell, database.firstVolatile());
                int key = numberOf(database, cell);
                assertEquals(earliest, expected.get(key).deadline());
                database.delete(cell);
                expected.remove(key);
            }
        }

        /** A run of keys is set or deleted at once, so that segments split and join under views. */
        private void many() {
            int database = randomDatabase();
            int first = randomKey();
            int count = random.nextInt(1 + Math.min(600, model.keys.bytes.length));
            boolean delete = random.nextInt(3) == 0;
            long deadline = randomDeadline();
            for (int i = 0; i < count; i++) {
                int key = (first + i) % model.keys.bytes.length;
                int cell = find(database, key);
                if (!delete) {
                    set(database, key, randomBytes(random.nextInt(30)), deadline);
                } else if (cell != 0) {
                    keyspace.database(database).delete(cell);
                    model.databases.get(database).remove(key);
                }
            }
        }

        private void clearOne() {
            int database = randomDatabase();
            keyspace.clear(database);
            model.databases.get(database).clear();
        }

        private void clearAll() {
            keyspace.clear();
            model.databases.forEach(Map::clear);
            assertEquals(0, keyspace.used());
        }

        private void swap() {
            int one = randomDatabase();
            int other = randomDatabase();
            keyspace.swap(one, other);
            Map<Integer, Value> moved = model.databases.get(one);
            model.databases.set(one, model.databases.get(other));
            model.databases.set(other, moved);
        }

        private void freeze() {
            if (views.size() < MOST_VIEWS) {
                View view = keyspace.freeze();
                KeyspaceModel copy = model.copy();
                views.add(view);
                boolean consume = random.nextInt(3) > 0;
                readings.add(
                        reader.submit(
                                () -> {
                                    if (consume) {
                                        copy.assertConsumes(view);
                                    } else {
                                        copy.assertSameAs(view);
                                    }
                                }));
            }
        }

        private void closeOne() throws Exception {
            if (!views.isEmpty()) {
                int one = random.nextInt(views.size());
                try {
                    readings.remove(one).get();
                } catch (ExecutionException failure) {
                    throw new AssertionError("a view has changed", failure.getCause());
                }
                views.remove(one).close();
            }
        }

        /** Everything goes, in one way or another, views are closed before or after, and all memory must be back. */
        private void end() throws Exception {
            keyspace.limit(Long.MAX_VALUE);
            int viewsToKeep = random.nextInt(MOST_VIEWS);
            while (views.size() > viewsToKeep) {
                closeOne();
            }
            boolean clear = random.nextInt(3) == 0;
            for (int i = 0; i < model.databases.size(); i++) {
                Database database = keyspace.database(i);
                if (clear && random.nextBoolean()) {
                    keyspace.clear(i);
                }
                while (database.size() > 0) {
                    database.delete(database.randomEntry());
                }
                assertEquals(0, database.volatileCount());
                assertEquals(0, database.firstVolatile());
                assertEquals(0, database.randomEntry());
            }
            while (!views.isEmpty()) {
                closeOne();
            }
            long steps = 0;
            while (keyspace.reclaimPending()) {
                assertNotEquals(0, keyspace.reclaim(), "pending, but nothing can be given back");
                steps++;
                assertTrue(steps < 1_000_000);
            }
            Slab slab = keyspace.slab();
            assertEquals(0, slab.deferredCount());
            assertEquals(0, slab.deferredBytes());
            assertEquals(0, keyspace.reclaimCount());
            assertEquals(0, keyspace.used());
            assertTrue(slab.reserved() <= 4 << 20, "still reserved: " + slab.reserved());
        }
    }
}
