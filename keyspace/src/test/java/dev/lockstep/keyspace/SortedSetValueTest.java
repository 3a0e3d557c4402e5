package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Random operations on sorted sets against plain maps, with freezes at random points: each view is compared with a copy of
 * the maps taken at that point, by a second thread, while writes go on.
 *
 * <p>{@code -Dlockstep.seeds=20000} runs more seeds, {@code -Dlockstep.firstSeed=n} begins with another.
 */
class SortedSetValueTest {
    private static final int SEEDS = Integer.getInteger("lockstep.seeds", 400);
    private static final int FIRST_SEED = Integer.getInteger("lockstep.firstSeed", 1);
    private static final int KEYS = 5;

    private record Member(String name, double score) implements Comparable<Member> {
        @Override
        public int compareTo(Member other) {
            int byScore = Double.compare(score, other.score);
            return byScore != 0 ? byScore : name.compareTo(other.name);
        }
    }

    @Test
    void isWhatAMapIsAndViewsStayAsTheyWere() throws Exception {
        ExecutorService reader = Executors.newSingleThreadExecutor();
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

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(StringValue value) {
        return new String(
                value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] array, int offset, int length) {
        return new String(array, offset, length, StandardCharsets.ISO_8859_1);
    }

    private static List<Member> sorted(Map<String, Double> model) {
        List<Member> members = new ArrayList<>();
        model.forEach((name, score) -> members.add(new Member(name, score)));
        Collections.sort(members);
        return members;
    }

    /** One seed: its own keyspace and model. */
    private static final class Run {
        private final SplittableRandom random;
        private final ExecutorService reader;
        private final Keyspace keyspace = new Keyspace(1);
        private final Database database = keyspace.database(0);
        private final SortedSetValue zset = new SortedSetValue();
        private final MemberWalk walk = new MemberWalk();
        private final Map<String, Map<String, Double>> model = new TreeMap<>();
        private final List<View> views = new ArrayList<>();
        private final List<Future<?>> checks = new ArrayList<>();
        private final int names;
        private final int scores;
        private final int removals;

        Run(int seed, ExecutorService reader) {
            random = new SplittableRandom(seed);
            this.reader = reader;
            names = 1 << random.nextInt(3, 11);
            scores = 1 << random.nextInt(10);
            removals = random.nextInt(10, 60);
            int entries = random.nextInt(2) == 0 ? random.nextInt(20) : 128;
            keyspace.encodingLimits(
                    new EncodingLimits(512, 64, -2, 512, 128, 64, entries, 64, 4096, 100));
        }

        void run() throws Exception {
            int operations = random.nextInt(50, 2500);
            for (int i = 0; i < operations; i++) {
                step();
            }
            for (String key : model.keySet()) {
                check(key);
            }
            for (String key : List.copyOf(model.keySet())) {
                database.delete(find(key));
            }
            closeViews();
            while (keyspace.reclaimPending()) {
                keyspace.reclaim();
            }
            assertEquals(0, keyspace.used());
        }

        private void closeViews() throws Exception {
            for (Future<?> check : checks) {
                check.get();
            }
            checks.clear();
            views.forEach(View::close);
            views.clear();
        }

        private int find(String key) {
            return database.find(bytes(key), 0, key.length());
        }

        private void step() throws Exception {
            String key = "k" + random.nextInt(KEYS);
            int what = random.nextInt(1000);
            if (what < 900) {
                change(key);
            } else if (what < 930) {
                check(key);
            } else if (what < 945) {
                removeRange(key);
            } else if (what < 955) {
                ranges(key);
            } else if (what < 965) {
                String to = "k" + random.nextInt(KEYS);
                if (model.containsKey(key)) {
                    database.copy(find(key), database, bytes(to), 0, to.length());
                    model.put(to, new HashMap<>(model.get(key)));
                }
            } else if (what < 975) {
                String to = "k" + random.nextInt(KEYS);
                if (model.containsKey(key) && !to.equals(key)) {
                    database.rename(find(key), database, bytes(to), 0, to.length());
                    model.put(to, model.remove(key));
                }
            } else if (what < 978) {
                if (model.remove(key) != null) {
                    database.delete(find(key));
                }
            } else if (what < 985) {
                keyspace.reclaim();
            } else if (what < 995) {
                freeze();
            } else {
                closeViews();
            }
        }

        private void freeze() {
            if (views.size() == 3) {
                return;
            }
            Map<String, List<Member>> copy = new HashMap<>();
            model.forEach((key, members) -> copy.put(key, sorted(members)));
            View view = keyspace.freeze();
            views.add(view);
            checks.add(reader.submit(() -> compare(view, copy)));
        }

        private static void compare(View view, Map<String, List<Member>> copy) {
            ViewCursor cursor = view.cursor(0);
            int met = 0;
            while (cursor.next()) {
                String key = text(cursor.keyArray(), cursor.keyOffset(), cursor.keyLength());
                List<Member> expected = copy.get(key);
                List<Member> elements = new ArrayList<>();
                ElementCursor each = cursor.elements();
                while (each.next()) {
                    elements.add(new Member(text(each.element()), each.score()));
                }
                assertEquals(expected, elements);
                if (cursor.encoding() == ValueType.SKIPLIST) {
                    assertEquals(expected.size(), cursor.elementCount());
                }
                met++;
            }
            assertEquals(copy.size(), met);
        }

        private String name() {
            int number = random.nextInt(names);
            if (number % 97 == 96) {
                return "long" + number + "x".repeat(number % 2 == 0 ? 61 : 9000);
            }
            return number % 3 == 0 ? Integer.toString(number) : "m" + number;
        }

        private double score() {
            return switch (random.nextInt(20)) {
                case 0 -> random.nextDouble();
                case 1 -> random.nextInt(scores) * 0.1;
                case 2 -> random.nextInt(2) * 2e30 - 1e30;
                case 3 ->
                        random.nextBoolean() ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
                default -> random.nextInt(scores) - scores / 3;
            };
        }

        private void change(String key) {
            byte[] name = bytes(name());
            boolean limited = random.nextInt(20) == 0;
            if (limited) {
                keyspace.limit(random.nextInt(2) * keyspace.slab().reserved());
            }
            if (random.nextInt(100) >= removals) {
                set(key, name, limited);
            } else if (find(key) != 0) {
                remove(key, name);
            }
            keyspace.limit(Long.MAX_VALUE);
        }

        private void set(String key, byte[] name, boolean mayFail) {
            Map<String, Double> members = model.getOrDefault(key, new HashMap<>());
            double score = score();
            Double old = members.get(new String(name, StandardCharsets.ISO_8859_1));
            int cell = find(key);
            assertEquals(model.containsKey(key), cell != 0);
            try {
                if (cell == 0) {
                    zset.create(database, bytes(key), 0, key.length());
                } else {
                    zset.open(database, cell);
                }
                boolean there = zset.find(name, 0, name.length);
                assertEquals(old != null, there);
                if (there) {
                    assertEquals(old, zset.score());
                    zset.rescore(name, 0, name.length, score);
                    assertEquals(score, zset.find(name, 0, name.length) ? zset.score() : -1);
                } else {
                    zset.add(name, 0, name.length, score);
                }
                members.put(new String(name, StandardCharsets.ISO_8859_1), score);
                model.put(key, members);
            } catch (MemoryLimitException e) {
                assertTrue(mayFail);
                if (find(key) != 0) {
                    zset.open(database, find(key)).deleteIfEmpty();
                }
            }
        }

        /** Whatever memory there is. */
        private void remove(String key, byte[] name) {
            zset.open(database, find(key));
            boolean there = zset.find(name, 0, name.length);
            Double old = model.get(key).remove(new String(name, StandardCharsets.ISO_8859_1));
            assertEquals(old != null, there);
            if (there) {
                assertEquals(old, zset.score());
                zset.remove();
            }
            forgetIfEmpty(key);
        }

        private void forgetIfEmpty(String key) {
            assertEquals(model.get(key).size(), zset.size());
            if (zset.deleteIfEmpty()) {
                assertTrue(model.remove(key).isEmpty());
            }
        }

        private void removeRange(String key) {
            Map<String, Double> members = model.get(key);
            if (members == null) {
                return;
            }
            List<Member> order = sorted(members);
            int from = random.nextInt(order.size());
            int count = Math.min(random.nextInt(20), order.size() - from);
            order.subList(from, from + count).forEach(member -> members.remove(member.name()));
            zset.open(database, find(key)).removeRange(from, count);
            forgetIfEmpty(key);
        }

        private void check(String key) {
            Map<String, Double> members = model.get(key);
            int cell = find(key);
            assertEquals(members != null, cell != 0);
            if (cell == 0) {
                return;
            }
            List<Member> expected = sorted(members);
            zset.open(database, cell);
            assertEquals(expected.size(), zset.size());
            walk.open(database, cell);
            int from = random.nextInt(expected.size());
            assertFalse(walk.seek(expected.size()));
            assertTrue(walk.seek(from));
            for (int i = from; i < expected.size(); i++) {
                assertEquals(expected.get(i), new Member(text(walk.member()), walk.score()));
                assertEquals(i < expected.size() - 1, walk.next());
            }
            for (int i = expected.size() - 1; i >= 0; i--) {
                assertEquals(expected.get(i), new Member(text(walk.member()), walk.score()));
                assertEquals(i > 0, walk.previous());
            }
            for (int i = 0; i < expected.size(); i += 1 + random.nextInt(5)) {
                byte[] name = bytes(expected.get(i).name());
                assertTrue(zset.find(name, 0, name.length));
                assertEquals(i, zset.rank());
                assertEquals(expected.get(i).score(), zset.score());
            }
        }

        private void ranges(String key) {
            Map<String, Double> members = model.get(key);
            if (members == null) {
                return;
            }
            zset.open(database, find(key));
            List<Member> order = sorted(members);
            double min = score();
            double max = score();
            boolean minOut = random.nextBoolean();
            boolean maxOut = random.nextBoolean();
            zset.rangeByScore(min, minOut, max, maxOut);
            List<Member> expected =
                    order.stream()
                            .filter(
                                    member ->
                                            (minOut ? member.score() > min : member.score() >= min)
                                                    && (maxOut
                                                            ? member.score() < max
                                                            : member.score() <= max))
                            .toList();
            assertEquals(expected.size(), zset.rangeEnd() - zset.rangeBegin());
            if (!expected.isEmpty()) {
                assertEquals(order.indexOf(expected.get(0)), zset.rangeBegin());
            }
        }
    }

    @Test
    void findsRangesOfMembersByTheirBytes() {
        for (int seed = 1; seed <= 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Keyspace keyspace = new Keyspace(1);
            byte[] key = bytes("key");
            keyspace.database(0).find(key, 0, key.length);
            SortedSetValue zset = new SortedSetValue().create(keyspace.database(0), key, 0, 3);
            Map<String, Double> model = new HashMap<>();
            int count = random.nextInt(1, 400);
            for (int i = 0; i < count; i++) {
                String name = Integer.toString(random.nextInt(2000), random.nextInt(2, 30));
                if (model.put(name, 7.0) == null) {
                    assertFalse(zset.find(bytes(name), 0, name.length()));
                    zset.add(bytes(name), 0, name.length(), 7);
                }
            }
            List<String> order = model.keySet().stream().sorted().toList();
            for (int i = 0; i < 50; i++) {
                String min = Integer.toString(random.nextInt(2000), random.nextInt(2, 30));
                String max = Integer.toString(random.nextInt(2000), random.nextInt(2, 30));
                boolean minOut = random.nextBoolean();
                boolean maxOut = random.nextBoolean();
                LexBound low = new LexBound();
                LexBound high = new LexBound();
                low.set(bytes(min), 0, min.length(), minOut);
                high.set(bytes(max), 0, max.length(), maxOut);
                List<String> expected =
                        order.stream()
                                .filter(
                                        name ->
                                                name.compareTo(min) >= (minOut ? 1 : 0)
                                                        && name.compareTo(max) <= (maxOut ? -1 : 0))
                                .toList();
                zset.rangeByLex(low, high, random.nextBoolean());
                String message = "seed " + seed + ", " + min + " to " + max;
                assertEquals(expected.size(), zset.rangeEnd() - zset.rangeBegin(), message);
                if (!expected.isEmpty()) {
                    assertEquals(order.indexOf(expected.get(0)), zset.rangeBegin(), message);
                }
                low.setLowest();
                zset.rangeByLex(low, high, random.nextBoolean());
                assertEquals(
                        order.stream().filter(n -> n.compareTo(max) <= (maxOut ? -1 : 0)).count(),
                        zset.rangeEnd());
                high.setHighest();
                zset.rangeByLex(low, high, random.nextBoolean());
                assertEquals(order.size(), zset.rangeEnd());
                zset.rangeByLex(high, low, random.nextBoolean());
                assertEquals(0, zset.rangeEnd() - zset.rangeBegin());
            }
        }
    }
}
