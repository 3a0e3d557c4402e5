package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Hashes against maps: values, field deadlines, both databases' knowledge of the earliest, and what views see. */
class HashValueTest {
    private static final int SEEDS = 300;
    private static final int STEPS = 150;
    private static final int KEYS = 6;

    /** A field of the model; -1 for no deadline. */
    private record Field(String value, long deadline) {}

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(StringValue value) {
        return new String(
                value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void doesWhatMapsDo() throws Exception {
        ExecutorService reader = Executors.newSingleThreadExecutor();
        try {
            for (long seed = 0; seed < SEEDS; seed++) {
                try {
                    new Run(seed, reader).run();
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("seed " + seed, e);
                }
            }
        } finally {
            reader.shutdown();
        }
    }

    /** One sequence of random operations. */
    private static final class Run {
        private final SplittableRandom random;
        private final ExecutorService reader;
        private final Keyspace keyspace = new Keyspace(2);
        private final HashValue hash = new HashValue();
        private final StringValue read = new StringValue();
        private final List<Map<String, Map<String, Field>>> model = new ArrayList<>();
        private final List<View> views = new ArrayList<>();
        private final List<Future<?>> comparisons = new ArrayList<>();
        private final int fields;

        Run(long seed, ExecutorService reader) {
            random = new SplittableRandom(seed);
            this.reader = reader;
            fields = random.nextInt(4) > 0 ? 12 : 100;
            keyspace.encodingLimits(
                    new EncodingLimits(
                            random.nextInt(20), 24, -2, 512, 128, 64, 128, 64, 4096, 100));
            model.add(new HashMap<>());
            model.add(new HashMap<>());
        }

        void run() throws Exception {
            for (int step = 0; step < STEPS; step++) {
                step();
                if (random.nextInt(40) == 0) {
                    freeze();
                }
                if (random.nextInt(30) == 0) {
                    closeOne();
                }
                if (random.nextInt(25) == 0) {
                    check();
                }
            }
            check();
            while (!views.isEmpty()) {
                closeOne();
            }
            for (int db = 0; db < 2; db++) {
                for (String key : new ArrayList<>(model.get(db).keySet())) {
                    keyspace.database(db).delete(find(db, key));
                }
                assertEquals(0, keyspace.database(db).volatileFieldsCount());
            }
            while (keyspace.reclaimPending()) {
                keyspace.reclaim();
            }
            assertEquals(0, keyspace.used(), "memory left");
        }

        private String randomKey() {
            return "key" + random.nextInt(KEYS);
        }

        private String randomField() {
            int number = random.nextInt(fields);
            return number % 5 == 0 ? Integer.toString(number) : "field:" + number;
        }

        private String randomValue() {
            return switch (random.nextInt(8)) {
                case 0 -> Long.toString(random.nextLong());
                case 1 -> "";
                case 2 -> "x".repeat(random.nextInt(random.nextInt(20) == 0 ? 40_000 : 60));
                default -> "v" + random.nextInt(100_000);
            };
        }

        private int find(int db, String key) {
            byte[] name = bytes(key);
            return keyspace.database(db).find(name, 0, name.length);
        }

        private void open(int db, String key) {
            byte[] name = bytes(key);
            int cell = keyspace.database(db).find(name, 0, name.length);
            if (cell == 0) {
                hash.create(keyspace.database(db), name, 0, name.length);
            } else {
                hash.open(keyspace.database(db), cell);
            }
        }

        private void step() {
            int db = random.nextInt(2);
            String key = randomKey();
            switch (random.nextInt(20)) {
                case 0 -> delete(db, key);
                case 1 -> move(db, key);
                case 2 -> copy(db, key);
                case 3 -> expire(db, key);
                case 4 -> replaceByString(db, key);
                case 5 -> keyDeadline(db, key);
                case 6 -> wholeDatabases(db);
                case 7, 8, 9 -> remove(db, key);
                case 10, 11, 12 -> deadline(db, key);
                default -> set(db, key);
            }
        }

        private void set(int db, String key) {
            open(db, key);
            Map<String, Field> map = model.get(db).computeIfAbsent(key, k -> new HashMap<>());
            for (int i = random.nextInt(fields > 100 ? 60 : 6); i >= 0; i--) {
                String field = randomField();
                String value = randomValue();
                byte[] f = bytes(field);
                byte[] v = bytes(value);
                Field old = map.get(field);
                long deadline =
                        switch (random.nextInt(8)) {
                            case 0 -> random.nextInt(50);
                            case 1, 2, 3 -> HashValue.KEEP_DEADLINE;
                            default -> HashValue.NO_DEADLINE;
                        };
                assertEquals(old == null, hash.set(f, 0, f.length, v, 0, v.length, deadline));
                if (deadline == HashValue.KEEP_DEADLINE) {
                    deadline = old == null ? HashValue.NO_DEADLINE : old.deadline;
                }
                map.put(field, new Field(value, deadline));
            }
        }

        private void remove(int db, String key) {
            Map<String, Field> map = model.get(db).get(key);
            if (map == null) {
                return;
            }
            open(db, key);
            for (int i = random.nextInt(fields > 100 ? 100 : 10); i >= 0 && !map.isEmpty(); i--) {
                String field = randomField();
                byte[] f = bytes(field);
                assertEquals(map.remove(field) != null, hash.remove(f, 0, f.length));
            }
            afterRemoval(db, key, map);
        }

        private void afterRemoval(int db, String key, Map<String, Field> map) {
            assertEquals(map.isEmpty(), hash.deleteIfEmpty());
            if (map.isEmpty()) {
                model.get(db).remove(key);
            }
        }

        private void deadline(int db, String key) {
            Map<String, Field> map = model.get(db).get(key);
            if (map == null) {
                return;
            }
            open(db, key);
            for (int i = random.nextInt(6); i >= 0; i--) {
                String field = randomField();
                byte[] f = bytes(field);
                long deadline = random.nextInt(4) == 0 ? -1 : random.nextInt(50);
                Field old = map.get(field);
                assertEquals(old != null, hash.setDeadline(f, 0, f.length, deadline));
                if (old != null) {
                    map.put(field, new Field(old.value, deadline));
                }
            }
        }

        private void expire(int db, String key) {
            Map<String, Field> map = model.get(db).get(key);
            if (map == null) {
                return;
            }
            open(db, key);
            long before = random.nextInt(60);
            int field;
            while ((field = hash.firstExpired(before)) != 0) {
                hash.readName(field, read);
                Field expired = map.remove(text(read));
                assertTrue(expired != null && expired.deadline >= 0 && expired.deadline < before);
                hash.removeExpired(field);
            }
            assertTrue(
                    map.values().stream().noneMatch(f -> f.deadline >= 0 && f.deadline < before));
            afterRemoval(db, key, map);
        }

        private void delete(int db, String key) {
            int cell = find(db, key);
            if (cell != 0) {
                keyspace.database(db).delete(cell);
            }
            model.get(db).remove(key);
        }

        private void move(int db, String key) {
            Map<String, Field> map = model.get(db).get(key);
            if (map == null) {
                return;
            }
            int to = random.nextInt(2);
            String name = randomKey();
            keyspace.database(db)
                    .rename(find(db, key), keyspace.database(to), bytes(name), 0, name.length());
            model.get(db).remove(key);
            model.get(to).put(name, map);
        }

        private void copy(int db, String key) {
            Map<String, Field> map = model.get(db).get(key);
            if (map == null) {
                return;
            }
            int to = random.nextInt(2);
            String name = randomKey();
            keyspace.database(db)
                    .copy(find(db, key), keyspace.database(to), bytes(name), 0, name.length());
            model.get(to).put(name, new HashMap<>(map));
        }

        /** A string in a hash's place, and out of the way again. */
        private void replaceByString(int db, String key) {
            byte[] name = bytes(key);
            keyspace.database(db).setString(name, 0, name.length, name, 0, name.length, -1);
            delete(db, key);
        }

        private void keyDeadline(int db, String key) {
            int cell = find(db, key);
            if (cell != 0) {
                keyspace.database(db).setDeadline(cell, random.nextInt(3) - 1);
            }
        }

        private void wholeDatabases(int db) {
            if (random.nextInt(4) == 0) {
                keyspace.clear(db);
                model.get(db).clear();
            } else {
                keyspace.swap(0, 1);
                model.add(model.remove(0));
            }
        }

        // ---- comparing ----

        private void check() {
            for (int db = 0; db < 2; db++) {
                Map<String, Map<String, Field>> hashes = model.get(db);
                assertEquals(hashes.size(), keyspace.database(db).size());
                long volatileHashes = 0;
                long earliest = Long.MAX_VALUE;
                for (Map.Entry<String, Map<String, Field>> entry : hashes.entrySet()) {
                    long first = checkHash(db, entry.getKey(), entry.getValue());
                    volatileHashes += first == Long.MAX_VALUE ? 0 : 1;
                    earliest = Math.min(earliest, first);
                }
                assertEquals(volatileHashes, keyspace.database(db).volatileFieldsCount());
                checkNext(db, earliest);
            }
        }

        private void checkNext(int db, long earliest) {
            Database database = keyspace.database(db);
            assertEquals(0, database.nextWithExpiredField(earliest - 1));
            if (earliest == Long.MAX_VALUE) {
                assertEquals(0, database.nextWithExpiredField(earliest));
                return;
            }
            int cell = database.nextWithExpiredField(earliest);
            hash.open(database, cell);
            assertTrue(hash.firstExpired(earliest + 1) != 0);
            assertEquals(0, hash.firstExpired(earliest));
        }

        /** Returns the earliest deadline. */
        private long checkHash(int db, String key, Map<String, Field> map) {
            open(db, key);
            assertEquals(map.size(), hash.size());
            long earliest = Long.MAX_VALUE;
            for (int number = 0; number < fields; number++) {
                String field = number % 5 == 0 ? Integer.toString(number) : "field:" + number;
                byte[] f = bytes(field);
                Field expected = map.get(field);
                assertEquals(expected != null, hash.get(f, 0, f.length, read));
                if (expected != null) {
                    assertEquals(expected.value, text(read));
                }
                assertEquals(
                        expected == null ? HashValue.NO_FIELD : expected.deadline,
                        hash.deadline(f, 0, f.length));
                if (expected != null && expected.deadline >= 0) {
                    earliest = Math.min(earliest, expected.deadline);
                }
            }
            assertEquals(
                    map, contents(new ElementCursor().open(keyspace.database(db), hash.cell())));
            checkHiding(map);
            checkScanAndDraw(map);
            return earliest;
        }

        private void checkHiding(Map<String, Field> map) {
            long before = random.nextInt(60);
            hash.hideBefore(before);
            long visible = 0;
            for (Map.Entry<String, Field> entry : map.entrySet()) {
                byte[] f = bytes(entry.getKey());
                Field field = entry.getValue();
                boolean hidden = field.deadline >= 0 && field.deadline < before;
                assertEquals(!hidden, hash.get(f, 0, f.length, read));
                assertEquals(hidden, hash.metHidden());
                visible += hidden ? 0 : 1;
            }
            assertEquals(visible, hash.visibleSize());
            hash.hideBefore(Long.MIN_VALUE);
        }

        private void checkScanAndDraw(Map<String, Field> map) {
            Set<String> scanned = new HashSet<>();
            long cursor = 0;
            do {
                cursor = hash.scan(cursor, 7, field -> checkNamed(field, map, scanned));
            } while (cursor != 0);
            assertEquals(map.keySet(), scanned);
            checkNamed(hash.draw(random), map, scanned);
        }

        private void checkNamed(int field, Map<String, Field> map, Set<String> names) {
            hash.readName(field, read);
            String name = text(read);
            names.add(name);
            hash.readValue(field, read);
            assertEquals(map.get(name).value, text(read));
            assertFalse(hash.isHidden(field));
        }

        private static Map<String, Field> contents(ElementCursor cursor) {
            Map<String, Field> map = new HashMap<>();
            while (cursor.next()) {
                Field field = new Field(text(cursor.value()), cursor.deadline());
                assertTrue(map.put(text(cursor.element()), field) == null);
            }
            return map;
        }

        private void freeze() {
            List<Map<String, Map<String, Field>>> copy = new ArrayList<>();
            for (Map<String, Map<String, Field>> database : model) {
                Map<String, Map<String, Field>> hashes = new TreeMap<>();
                database.forEach((key, map) -> hashes.put(key, new HashMap<>(map)));
                copy.add(hashes);
            }
            View view = keyspace.freeze();
            views.add(view);
            comparisons.add(reader.submit(() -> compare(view, copy)));
        }

        private static void compare(View view, List<Map<String, Map<String, Field>>> expected) {
            boolean anyDeadline = false;
            for (int db = 0; db < 2; db++) {
                Map<String, Map<String, Field>> seen = new TreeMap<>();
                ViewCursor cursor = view.cursor(db);
                while (cursor.next()) {
                    String key =
                            new String(
                                    cursor.keyArray(),
                                    cursor.keyOffset(),
                                    cursor.keyLength(),
                                    StandardCharsets.ISO_8859_1);
                    long earliest = cursor.earliestFieldDeadline();
                    Map<String, Field> map = contents(cursor.elements());
                    seen.put(key, map);
                    long least =
                            map.values().stream()
                                    .mapToLong(Field::deadline)
                                    .filter(d -> d >= 0)
                                    .min()
                                    .orElse(-1);
                    assertEquals(least, earliest);
                    anyDeadline |= least >= 0;
                }
                assertEquals(expected.get(db), seen);
            }
            assertEquals(anyDeadline, view.hasFieldDeadlines());
        }

        private void closeOne() throws Exception {
            if (!views.isEmpty()) {
                int index = random.nextInt(views.size());
                comparisons.remove(index).get();
                views.remove(index).close();
            }
        }
    }
}
