package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Random operations on sets against JDK sets, with freezes at random points: each view is compared with a copy of the model
 * taken at that point, by a second thread, while writes go on.
 *
 * <p>{@code -Dlockstep.seeds=20000} runs more seeds, {@code -Dlockstep.firstSeed=n} begins with another.
 */
class SetValueTest {
    private static final int SEEDS = Integer.getInteger("lockstep.seeds", 600);
    private static final int FIRST_SEED = Integer.getInteger("lockstep.firstSeed", 1);
    private static final int MOST_VIEWS = 3;

    private final Keyspace keyspace = new Keyspace(1);
    private final Database db = keyspace.database(0);
    private final SetValue set = new SetValue();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(StringValue value) {
        return new String(
                value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
    }

    private SetValue create(String name, int encoding) {
        byte[] key = bytes(name);
        assertEquals(0, db.find(key, 0, key.length));
        return set.create(db, key, 0, key.length, encoding);
    }

    private boolean add(String member) {
        byte[] bytes = bytes(member);
        return set.add(bytes, 0, bytes.length);
    }

    private static EncodingLimits limits(long intset, long listpack, long value) {
        return new EncodingLimits(512, 64, -2, intset, listpack, value, 128, 64, 4096, 100);
    }

    private Set<String> members() {
        Set<String> all = new HashSet<>();
        ElementCursor cursor = new ElementCursor().open(db, set.cell());
        while (cursor.next()) {
            assertTrue(all.add(text(cursor.element())));
        }
        assertEquals(set.size(), all.size());
        return all;
    }

    @Test
    void integersAreAnIntsetUntilThereAreTooMany() {
        create("s", ValueType.INTSET);
        for (int i = 0; i < 512; i++) {
            assertTrue(add(Long.toString((long) i * i * i * i * i)));
            assertEquals(ValueType.INTSET, set.encoding());
        }
        assertFalse(add("32"));
        assertTrue(add(Long.toString(Long.MIN_VALUE)));
        assertEquals(ValueType.HASHTABLE, set.encoding());
        assertEquals(513, members().size());
        set.becomeIntset();
        assertEquals(ValueType.HASHTABLE, set.encoding());
    }

    @Test
    void anotherStringMakesAnIntsetAListpackOrATable() {
        keyspace.encodingLimits(limits(512, 4, 10));
        for (String member : List.of("a", "0123456789", "01234567890", "12345678901")) {
            for (int numbers = 0; numbers < 7; numbers++) {
                create("s" + member + numbers, ValueType.INTSET);
                for (int i = 0; i < numbers; i++) {
                    assertTrue(add(Integer.toString(i * 1000 - 1000)));
                }
                boolean isInteger = member.startsWith("1");
                boolean fits = numbers < 4 && member.length() <= 10;
                assertTrue(add(member));
                assertFalse(add(member));
                int expected = fits ? ValueType.LISTPACK : ValueType.HASHTABLE;
                assertEquals(isInteger ? ValueType.INTSET : expected, set.encoding());
                assertEquals(numbers + 1, members().size());
            }
        }
    }

    @Test
    void longNumbersCountAsLongMembers() {
        keyspace.encodingLimits(limits(512, 100, 10));
        create("s", ValueType.INTSET);
        add("-1234567890");
        add("a");
        assertEquals(ValueType.HASHTABLE, set.encoding());
        assertEquals(Set.of("-1234567890", "a"), members());
    }

    @Test
    void aListpackBecomesATableWithTheNextMember() {
        create("s", ValueType.LISTPACK);
        for (int i = 0; i < 128; i++) {
            assertTrue(add(i % 2 == 0 ? "m" + i : Integer.toString(i)));
            assertEquals(ValueType.LISTPACK, set.encoding());
        }
        assertFalse(add("m4"));
        assertFalse(add("5"));
        assertEquals(ValueType.LISTPACK, set.encoding());
        assertTrue(add("one more"));
        assertEquals(ValueType.HASHTABLE, set.encoding());
        assertEquals(129, members().size());
        create("t", ValueType.LISTPACK);
        add("x");
        add("m".repeat(64));
        assertEquals(ValueType.LISTPACK, set.encoding());
        add("m".repeat(65));
        assertEquals(ValueType.HASHTABLE, set.encoding());
    }

    @Test
    void manyToComeMakeATable() {
        create("s", ValueType.INTSET);
        add("1");
        set.expect(512);
        assertEquals(ValueType.INTSET, set.encoding());
        set.expect(513);
        assertEquals(ValueType.HASHTABLE, set.encoding());
        create("t", ValueType.LISTPACK);
        add("a");
        set.expect(128);
        assertEquals(ValueType.LISTPACK, set.encoding());
        set.expect(129);
        assertEquals(ValueType.HASHTABLE, set.encoding());
        assertEquals(Set.of("a"), members());
    }

    @Test
    void integersOfAnyEncodingBecomeAnIntset() {
        for (int encoding : new int[] {ValueType.LISTPACK, ValueType.HASHTABLE}) {
            create("s" + encoding, encoding);
            Set<String> expected = new HashSet<>();
            for (long n : new long[] {7, -3, Long.MAX_VALUE, Long.MIN_VALUE, 70_000, 0}) {
                add(Long.toString(n));
                expected.add(Long.toString(n));
            }
            set.becomeIntset();
            assertEquals(ValueType.INTSET, set.encoding());
            assertEquals(expected, members());
            assertTrue(Intset.isValid(set.array, set.at, db.valueLength(set.cell())));
            assertFalse(add("0"));
        }
    }

    @Test
    void randomMembersAreUniform() {
        StringValue chosen = new StringValue();
        for (int encoding : new int[] {ValueType.INTSET, ValueType.LISTPACK, ValueType.HASHTABLE}) {
            create("s" + encoding, encoding);
            for (int i = 0; i < 50; i++) {
                add(Integer.toString(i));
            }
            Map<String, Integer> counts = new HashMap<>();
            for (int i = 0; i < 50_000; i++) {
                set.choose(chosen);
                counts.merge(text(chosen), 1, Integer::sum);
            }
            assertEquals(50, counts.size());
            double chiSquare = 0;
            for (int count : counts.values()) {
                chiSquare += (count - 1000.0) * (count - 1000.0) / 1000;
            }
            assertTrue(chiSquare < 110, "chi square " + chiSquare);
        }
    }

    @Test
    void wholeListpacksAndIntsets() {
        create("lp", ValueType.LISTPACK);
        add("a");
        add("7");
        byte[] packed =
                java.util.Arrays.copyOfRange(
                        set.array, set.at, Listpack.end(set.array, set.at) + 1);
        create("copy", ValueType.LISTPACK);
        assertTrue(set.setListpack(packed, 0, packed.length));
        assertEquals(Set.of("a", "7"), members());
        byte[] twice = new byte[100];
        Listpack.init(twice, 0);
        for (String member : List.of("a", "b", "a")) {
            Listpack.insert(twice, 0, Listpack.end(twice, 0), bytes(member), 0, 1);
        }
        create("twice", ValueType.LISTPACK);
        assertFalse(set.setListpack(twice, 0, Listpack.bytes(twice, 0)));
        keyspace.encodingLimits(limits(1, 1, 64));
        create("twice in a table", ValueType.LISTPACK);
        assertFalse(set.setListpack(twice, 0, Listpack.bytes(twice, 0)));
        create("table", ValueType.LISTPACK);
        assertTrue(set.setListpack(packed, 0, packed.length));
        assertEquals(ValueType.HASHTABLE, set.encoding());
        assertEquals(Set.of("a", "7"), members());
        create("numbers", ValueType.INTSET);
        byte[] numbers = new byte[100];
        Intset.init(numbers, 0, new long[] {-5, 100_000});
        set.setIntset(numbers, 0, Intset.bytes(numbers, 0));
        assertEquals(ValueType.HASHTABLE, set.encoding());
        assertEquals(Set.of("-5", "100000"), members());
    }

    /** What is asked for beforehand is enough for all that is added, up to the last byte of the limit. */
    @Test
    void whatWasAdmittedIsNotRefusedHalfway() {
        SplittableRandom random = new SplittableRandom(7);
        int refused = 0;
        for (int round = 0; round < 300; round++) {
            create("s", random.nextBoolean() ? ValueType.INTSET : ValueType.LISTPACK);
            for (int i = random.nextInt(300); i > 0; i--) {
                add(random.nextBoolean() ? "m" + i : Integer.toString(i));
            }
            keyspace.limit(keyspace.slab().reserved() + random.nextInt(1 << 20));
            int members = random.nextInt(20_000);
            int length = 1 + random.nextInt(100);
            try {
                set.admit(members, (long) members * (length + 5));
                for (int i = 0; i < members; i++) {
                    add("x".repeat(random.nextInt(length)) + i);
                }
            } catch (MemoryLimitException e) {
                assertEquals(0, members().stream().filter(m -> m.startsWith("x")).count());
                refused++;
            }
            while (set.size() > 0) {
                StringValue chosen = new StringValue();
                set.choose(chosen);
                set.removeChosen();
            }
            keyspace.limit(Long.MAX_VALUE);
            assertTrue(set.deleteIfEmpty());
        }
        assertTrue(refused > 10 && refused < 290, "refused " + refused);
        assertEquals(0, keyspace.used());
    }

    @Test
    void removalIsNeverRefused() {
        for (int encoding : new int[] {ValueType.INTSET, ValueType.LISTPACK, ValueType.HASHTABLE}) {
            create("s", encoding);
            for (int i = 0; i < 100; i++) {
                add(Integer.toString(i));
            }
            View view = keyspace.freeze();
            keyspace.limit(0);
            if (encoding == ValueType.HASHTABLE) {
                assertThrows(
                        MemoryLimitException.class,
                        () -> {
                            for (int i = 0; i < 100_000; i++) {
                                add("new" + i);
                            }
                        });
            }
            StringValue chosen = new StringValue();
            while (set.size() > 0) {
                set.choose(chosen);
                set.removeChosen();
            }
            keyspace.limit(Long.MAX_VALUE);
            assertTrue(set.deleteIfEmpty());
            ViewCursor cursor = view.cursor(0);
            assertTrue(cursor.next());
            int met = 0;
            for (ElementCursor all = cursor.elements(); all.next(); ) {
                met++;
            }
            assertEquals(100, met);
            view.close();
        }
    }

    @Test
    void againstAModelUnderViews() throws Exception {
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
        private static final int KEYS = 5;

        private final SplittableRandom random;
        private final ExecutorService reader;
        private final Keyspace keyspace;
        private final Database db;
        private final List<Set<String>> model = new ArrayList<>();
        private final List<View> views = new ArrayList<>();
        private final List<Future<?>> readings = new ArrayList<>();
        private final SetValue set = new SetValue();
        private final SetValue other = new SetValue();
        private final StringValue member = new StringValue();
        private final int range;
        private final boolean limited;

        Run(int seed, ExecutorService reader) {
            random = new SplittableRandom(seed);
            this.reader = reader;
            keyspace = new Keyspace(1, seed % 50 == 0 ? 8192 : 0);
            db = keyspace.database(0);
            keyspace.encodingLimits(
                    limits(random.nextInt(60), random.nextInt(60), 1 + random.nextInt(80)));
            range = 5 << random.nextInt(seed % 10 == 0 ? 10 : 6);
            limited = seed % 4 == 0;
            for (int i = 0; i < KEYS; i++) {
                model.add(new HashSet<>());
            }
        }

        void run() throws Exception {
            int operations = 200 + random.nextInt(1500);
            for (int i = 0; i < operations; i++) {
                try {
                    step();
                } catch (MemoryLimitException full) {
                    assertTrue(limited, "no limit was set");
                    if (random.nextBoolean()) {
                        keyspace.limit(Long.MAX_VALUE);
                    }
                }
                if (random.nextInt(100) == 0) {
                    int key = random.nextInt(KEYS);
                    assertSame(key);
                }
            }
            for (int key = 0; key < KEYS; key++) {
                assertSame(key);
            }
            end();
        }

        private void step() throws Exception {
            int dice = random.nextInt(1000);
            if (dice < 450) {
                add();
            } else if (dice < 600) {
                remove();
            } else if (dice < 700) {
                pop();
            } else if (dice < 780) {
                move();
            } else if (dice < 800) {
                becomeIntset();
            } else if (dice < 830) {
                delete();
            } else if (dice < 870) {
                renameOrCopy();
            } else if (dice < 880) {
                int cell = find(random.nextInt(KEYS));
                if (cell != 0) {
                    db.setDeadline(cell, random.nextBoolean() ? -1 : random.nextInt(1000));
                }
            } else if (dice < 920) {
                keyspace.reclaim();
            } else if (dice < 950) {
                freeze();
            } else if (dice < 985) {
                closeOne();
            } else if (limited) {
                keyspace.limit(keyspace.slab().reserved() + random.nextInt(2 << 20));
            }
        }

        private int find(int key) {
            byte[] name = bytes("key:" + key);
            return db.find(name, 0, name.length);
        }

        private boolean open(int key) {
            int cell = find(key);
            assertEquals(model.get(key).isEmpty(), cell == 0);
            if (cell != 0) {
                set.open(db, cell);
            }
            return cell != 0;
        }

        private void openOrCreate(int key) {
            if (!open(key)) {
                byte[] name = bytes("key:" + key);
                int encoding =
                        random.nextInt(4) == 0
                                ? ValueType.HASHTABLE
                                : ValueType.INTSET + random.nextInt(2);
                set.create(db, name, 0, name.length, encoding);
            }
        }

        private String randomMember() {
            int number = random.nextInt(range);
            int dice = random.nextInt(40);
            if (dice == 0) {
                return "m".repeat(number) + random.nextInt(range);
            }
            if (dice == 1 && range < 50) {
                return "large".repeat(2000) + number;
            }
            if (dice < 20) {
                return Long.toString((long) number * number * number * number * (number - 3));
            }
            return "m" + number;
        }

        private void add() {
            int key = random.nextInt(KEYS);
            try {
                openOrCreate(key);
                int count = random.nextInt(5) == 0 ? random.nextInt(40) : 1;
                for (int i = 0; i < count || set.size() == 0; i++) {
                    String text = randomMember();
                    byte[] bytes = bytes(text);
                    boolean isNew = !model.get(key).contains(text);
                    assertEquals(!isNew, set.contains(bytes, 0, bytes.length));
                    assertEquals(isNew, set.add(bytes, 0, bytes.length));
                    model.get(key).add(text);
                }
            } finally {
                int cell = find(key);
                if (cell != 0) {
                    set.open(db, cell).deleteIfEmpty();
                }
            }
        }

        private void remove() {
            int key = random.nextInt(KEYS);
            if (open(key)) {
                byte[] bytes = bytes(randomMember());
                String text = new String(bytes, StandardCharsets.ISO_8859_1);
                assertEquals(model.get(key).remove(text), set.remove(bytes, 0, bytes.length));
                assertEquals(model.get(key).isEmpty(), set.deleteIfEmpty());
            }
        }

        private void pop() {
            int key = random.nextInt(KEYS);
            if (open(key)) {
                boolean most = random.nextInt(10) == 0;
                do {
                    set.choose(member);
                    assertTrue(model.get(key).remove(text(member)));
                    set.removeChosen();
                } while (most && set.size() > 1);
                assertEquals(model.get(key).isEmpty(), set.deleteIfEmpty());
            }
        }

        /** Members of one set go to another as they lie. */
        private void move() {
            int from = random.nextInt(KEYS);
            int to = random.nextInt(KEYS);
            int source = find(from);
            if (from == to || source == 0 || !open(to)) {
                return;
            }
            boolean remove = random.nextInt(3) == 0;
            ElementCursor members = new ElementCursor().open(db, source);
            while (members.next()) {
                StringValue element = members.element();
                String text = text(element);
                assertEquals(model.get(to).contains(text), set.contains(element));
                if (remove) {
                    assertEquals(model.get(to).remove(text), set.remove(element));
                    if (set.deleteIfEmpty()) {
                        return;
                    }
                } else {
                    assertEquals(!model.get(to).contains(text), set.add(element));
                    model.get(to).add(text);
                }
            }
            assertTrue(other.open(db, source).size() > 0);
        }

        private void becomeIntset() {
            int key = random.nextInt(KEYS);
            if (open(key) && model.get(key).stream().allMatch(m -> m.matches("-?[0-9]+"))) {
                boolean fits =
                        set.encoding() == ValueType.INTSET
                                || set.size() <= keyspace.encodingLimits().setMaxIntsetEntries();
                set.becomeIntset();
                assertEquals(fits, set.encoding() == ValueType.INTSET);
            }
        }

        private void delete() {
            int key = random.nextInt(KEYS);
            if (open(key)) {
                db.delete(set.cell());
                model.get(key).clear();
            }
        }

        private void renameOrCopy() {
            int from = random.nextInt(KEYS);
            int to = random.nextInt(KEYS);
            if (!open(from) || from == to) {
                return;
            }
            byte[] name = bytes("key:" + to);
            if (random.nextBoolean()) {
                db.copy(set.cell(), db, name, 0, name.length);
                model.set(to, new HashSet<>(model.get(from)));
            } else {
                db.rename(set.cell(), db, name, 0, name.length);
                model.set(to, model.get(from));
                model.set(from, new HashSet<>());
            }
        }

        private void assertSame(int key) {
            if (!open(key)) {
                return;
            }
            assertEquals(model.get(key).size(), set.size());
            Set<String> met = new HashSet<>();
            ElementCursor cursor = new ElementCursor().open(db, set.cell());
            while (cursor.next()) {
                assertTrue(set.contains(cursor.element()));
                assertTrue(met.add(text(cursor.element())));
            }
            assertEquals(model.get(key), met);
            if (set.encoding() == ValueType.HASHTABLE) {
                Set<String> scanned = new HashSet<>();
                long at = 0;
                do {
                    at =
                            set.scan(
                                    at,
                                    10,
                                    cell -> {
                                        set.member(cell, member);
                                        scanned.add(text(member));
                                    });
                } while (at != 0);
                assertEquals(model.get(key), scanned);
            }
        }

        private void freeze() {
            if (views.size() < MOST_VIEWS) {
                View view = keyspace.freeze();
                Map<String, Set<String>> copy = new HashMap<>();
                for (int key = 0; key < KEYS; key++) {
                    if (!model.get(key).isEmpty()) {
                        copy.put("key:" + key, new HashSet<>(model.get(key)));
                    }
                }
                views.add(view);
                readings.add(reader.submit(() -> assertSame(copy, view)));
            }
        }

        private static void assertSame(Map<String, Set<String>> expected, View view) {
            ViewCursor cursor = view.cursor(0);
            int keys = 0;
            while (cursor.next()) {
                keys++;
                String key =
                        new String(
                                cursor.keyArray(),
                                cursor.keyOffset(),
                                cursor.keyLength(),
                                StandardCharsets.ISO_8859_1);
                assertEquals(ValueType.SET, cursor.type());
                Set<String> met = new HashSet<>();
                ElementCursor members = cursor.elements();
                while (members.next()) {
                    assertTrue(met.add(text(members.element())));
                }
                if (cursor.encoding() == ValueType.HASHTABLE) {
                    assertEquals(met.size(), cursor.elementCount());
                }
                assertEquals(expected.get(key), met);
            }
            assertEquals(expected.size(), keys);
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

        private void end() throws Exception {
            keyspace.limit(Long.MAX_VALUE);
            while (db.size() > 0) {
                db.delete(db.randomEntry());
            }
            while (!views.isEmpty()) {
                closeOne();
            }
            while (keyspace.reclaimPending()) {
                assertTrue(keyspace.reclaim() > 0);
            }
            assertEquals(0, keyspace.used());
        }
    }
}
