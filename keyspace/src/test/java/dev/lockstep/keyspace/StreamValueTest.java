package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Random operations on a stream and its groups against sorted maps, with freezes at random points: each view is compared with
 * what the stream was then, by a second thread, while changes go on.
 *
 * <p>{@code -Dlockstep.seeds=20000} runs more seeds, {@code -Dlockstep.firstSeed=n} begins with another.
 */
class StreamValueTest {
    private static final int SEEDS = Integer.getInteger("lockstep.seeds", 300);
    private static final int FIRST_SEED = Integer.getInteger("lockstep.firstSeed", 1);
    private static final byte[] KEY = {'k'};
    private static final byte[] OTHER = {'o', 't', 'h', 'e', 'r'};

    @Test
    void isTheSameAsSortedMaps() throws Exception {
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

    @Test
    void idsAreOrderedAsUnsignedAndReadBack() {
        StreamId id = new StreamId();
        byte[] text =
                "18446744073709551615-9223372036854775808".getBytes(StandardCharsets.US_ASCII);
        assertTrue(id.parse(text, 0, text.length, 0));
        byte[] written = new byte[StreamId.TEXT_BYTES_MAX];
        assertEquals(text.length, id.write(written, 0));
        assertEquals("18446744073709551615-9223372036854775808", id.toString());
        assertTrue(id.compareTo(new StreamId().set(Long.MAX_VALUE, -1)) > 0);
        for (String none :
                new String[] {"", "-", "5-", "-5", "5--5", "18446744073709551616", "5-x"}) {
            byte[] bytes = none.getBytes(StandardCharsets.US_ASCII);
            assertFalse(id.parse(bytes, 0, bytes.length, 0), none);
        }
    }

    private record Fields(List<byte[]> elements, byte[] array) implements EntryFields {
        @Override
        public int fields() {
            return elements.size() / 2;
        }

        @Override
        public int offset(int element) {
            int offset = 0;
            for (int i = 0; i < element; i++) {
                offset += elements.get(i).length;
            }
            return offset;
        }

        @Override
        public int length(int element) {
            return elements.get(element).length;
        }
    }

    /** What is pending: with whom, since when, how often delivered. */
    private record Pending(String consumer, long time, long times) {}

    private static final class ModelGroup {
        final TreeMap<Long, Pending> pending = new TreeMap<>();
        final TreeMap<String, Long> consumers = new TreeMap<>();
    }

    /** One seed: its own keyspace, and one stream. IDs are a number n: n / 4 milliseconds, sequence number n % 4. */
    private static final class Run {
        private final SplittableRandom random;
        private final ExecutorService reader;
        private final Keyspace keyspace = new Keyspace(1);
        private final Database db = keyspace.database(0);
        private final StreamValue stream = new StreamValue();
        private final StreamGroup group = new StreamGroup();
        private final StreamId id = new StreamId();
        private final List<View> views = new ArrayList<>();
        private final List<Future<?>> readings = new ArrayList<>();
        private final TreeMap<Long, String> model = new TreeMap<>();
        private final TreeMap<String, ModelGroup> groups = new TreeMap<>();
        private long last;
        private long time = 1000;

        Run(int seed, ExecutorService reader) {
            random = new SplittableRandom(seed);
            this.reader = reader;
            EncodingLimits limits = EncodingLimits.DEFAULT;
            keyspace.encodingLimits(
                    new EncodingLimits(
                            limits.hashMaxListpackEntries(),
                            limits.hashMaxListpackValue(),
                            limits.listMaxListpackSize(),
                            limits.setMaxIntsetEntries(),
                            limits.setMaxListpackEntries(),
                            limits.setMaxListpackValue(),
                            limits.zsetMaxListpackEntries(),
                            limits.zsetMaxListpackValue(),
                            new int[] {0, 100, 4096, 40_000}[random.nextInt(4)],
                            new int[] {0, 1, 4, 100}[random.nextInt(4)]));
        }

        void run() throws Exception {
            db.find(KEY, 0, 1);
            stream.create(db, KEY, 0, 1);
            int steps = 30 + random.nextInt(250);
            for (int i = 0; i < steps; i++) {
                stream.open(db, db.find(KEY, 0, 1));
                step();
                if (random.nextInt(25) == 0) {
                    check();
                }
                keyspace.reclaim();
            }
            check();
            for (Future<?> reading : readings) {
                reading.get();
            }
            views.forEach(View::close);
            views.clear();
            delete(KEY);
            delete(OTHER);
            while (keyspace.reclaim() > 0 || keyspace.slab().releaseSome(1000) > 0) {
                assertTrue(keyspace.slab().used() >= 0);
            }
            assertEquals(0, keyspace.slab().used());
        }

        private void delete(byte[] key) {
            int cell = db.find(key, 0, key.length);
            if (cell != 0) {
                db.delete(cell);
            }
        }

        private StreamId id(long number) {
            return id.set(number >> 2, number & 3);
        }

        private static long number(long ms, long seq) {
            return ms << 2 | seq;
        }

        private long anyId() {
            return Math.max(0, last + 2 - random.nextLong(1 + Math.min(last + 3, 300)));
        }

        private void step() throws ExecutionException, InterruptedException {
            switch (random.nextInt(14)) {
                case 0, 1, 2, 3 -> add();
                case 4 -> remove();
                case 5 -> trim();
                case 6, 7 -> deliver();
                case 8 -> claimAgain();
                case 9, 10 -> acknowledge();
                case 11 -> changeGroups();
                case 12 -> {
                    if (random.nextInt(4) == 0) {
                        copyOrMove();
                    }
                }
                default -> freezeOrThaw();
            }
        }

        private void add() {
            for (int i = random.nextInt(10); i >= 0; i--) {
                last += 1 + random.nextInt(6);
                List<byte[]> elements = new ArrayList<>();
                int set = random.nextInt(3);
                for (int f = random.nextInt(3); f >= 0; f--) {
                    elements.add(("f" + set + f).getBytes(StandardCharsets.ISO_8859_1));
                    elements.add(value().getBytes(StandardCharsets.ISO_8859_1));
                }
                StringBuilder all = new StringBuilder();
                StringBuilder text = new StringBuilder();
                for (byte[] element : elements) {
                    String string = new String(element, StandardCharsets.ISO_8859_1);
                    all.append(string);
                    text.append(string).append(' ');
                }
                stream.add(
                        id(last),
                        new Fields(elements, all.toString().getBytes(StandardCharsets.ISO_8859_1)));
                model.put(last, text.toString());
            }
        }

        private String value() {
            return random.nextBoolean()
                    ? Long.toString(random.nextLong() >> random.nextInt(64))
                    : "v".repeat(random.nextInt(random.nextInt(20) == 0 ? 9000 : 60));
        }

        private void remove() {
            for (int i = random.nextInt(40); i >= 0; i--) {
                long number = anyId();
                assertEquals(model.remove(number) != null, stream.remove(id(number)));
            }
        }

        private void trim() {
            if (random.nextBoolean()) {
                long length = random.nextInt(1 + 2 * model.size());
                long removed = stream.trimToLength(length, false, 0);
                assertEquals(Math.max(0, model.size() - length), removed);
                while (model.size() > length) {
                    model.pollFirstEntry();
                }
            } else if (random.nextBoolean()) {
                long number = anyId();
                int before = model.size();
                long removed = stream.trimBefore(id(number), false, 0);
                model.headMap(number).clear();
                assertEquals(before - model.size(), removed);
            } else {
                long removed = stream.trimToLength(random.nextInt(50), true, random.nextInt(100));
                for (long i = 0; i < removed; i++) {
                    model.pollFirstEntry();
                }
            }
        }

        // ---- groups ----

        private static byte[] name(String text) {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }

        private String openAnyGroup() {
            String text = "g" + random.nextInt(2);
            byte[] name = name(text);
            int found = stream.findGroup(name, 0, name.length);
            assertEquals(groups.containsKey(text), found != 0);
            if (found == 0) {
                found = stream.addGroup(name, 0, name.length);
                groups.put(text, new ModelGroup());
            }
            group.open(stream, found);
            return text;
        }

        private int anyConsumer(ModelGroup of, String text) {
            byte[] name = name(text);
            int found = group.findConsumer(name, 0, name.length);
            assertEquals(of.consumers.containsKey(text), found != 0);
            of.consumers.put(text, ++time);
            return found == 0
                    ? group.addConsumer(name, 0, name.length, time, StreamGroup.NEVER)
                    : group.setSeen(found, time);
        }

        private void deliver() {
            ModelGroup of = groups.get(openAnyGroup());
            String consumer = "c" + random.nextInt(4);
            int cell = anyConsumer(of, consumer);
            for (int i = random.nextInt(40); i > 0; i--) {
                long number = anyId();
                time++;
                int entry = group.find(id(number));
                assertEquals(of.pending.containsKey(number), entry != 0);
                if (entry == 0) {
                    group.add(id, cell, time, 1);
                } else {
                    group.deliver(entry, cell, time, 1);
                }
                of.pending.put(number, new Pending(consumer, time, 1));
            }
        }

        private void claimAgain() {
            ModelGroup of = groups.get(openAnyGroup());
            String consumer = "c" + random.nextInt(4);
            int cell = anyConsumer(of, consumer);
            long number = anyId();
            long position = group.positionOf(cell, id(number));
            long end = Math.min(group.pendingOf(cell), position + random.nextInt(20));
            for (; position < end; position++) {
                int entry = group.atOf(cell, position);
                group.id(entry, id);
                group.deliver(entry, cell, ++time, group.deliveries(entry) + 1);
                of.pending.compute(
                        number(id.ms(), id.seq()),
                        (key, old) -> new Pending(consumer, time, old.times + 1));
            }
        }

        private void acknowledge() {
            ModelGroup of = groups.get(openAnyGroup());
            for (int i = random.nextInt(60); i > 0; i--) {
                long number = anyId();
                int entry = group.find(id(number));
                assertEquals(of.pending.remove(number) != null, entry != 0);
                if (entry != 0) {
                    group.remove(entry);
                }
            }
        }

        private void changeGroups() {
            String text = openAnyGroup();
            ModelGroup of = groups.get(text);
            if (random.nextInt(3) == 0) {
                stream.removeGroup(group.cell());
                groups.remove(text);
            } else {
                String consumer = "c" + random.nextInt(4);
                byte[] name = name(consumer);
                int cell = group.findConsumer(name, 0, name.length);
                if (cell != 0) {
                    group.removeConsumer(cell);
                    of.consumers.remove(consumer);
                    of.pending.values().removeIf(pending -> pending.consumer.equals(consumer));
                }
            }
        }

        private void copyOrMove() {
            int cell = db.copy(db.find(KEY, 0, 1), db, OTHER, 0, OTHER.length);
            assertEquals(expected(), describe(new StreamParts().open(db.slab().cells, cell)));
            if (random.nextBoolean()) {
                db.rename(cell, db, KEY, 0, 1);
            }
        }

        private void freezeOrThaw() throws ExecutionException, InterruptedException {
            if (views.size() < 3) {
                View view = keyspace.freeze();
                String expected = expected();
                views.add(view);
                readings.add(reader.submit(() -> assertEquals(expected, describe(view))));
            } else {
                int index = random.nextInt(views.size());
                readings.remove(index).get();
                views.remove(index).close();
            }
        }

        // ---- comparing ----

        private String expected() {
            StringBuilder text = new StringBuilder();
            model.forEach((number, entry) -> text.append(number).append(':').append(entry));
            groups.forEach(
                    (name, of) -> {
                        text.append('\n').append(name).append(of.consumers).append(of.pending);
                        TreeMap<String, List<Long>> byConsumer = new TreeMap<>();
                        of.consumers.keySet().forEach(c -> byConsumer.put(c, new ArrayList<>()));
                        of.pending.forEach(
                                (number, pending) -> byConsumer.get(pending.consumer).add(number));
                        text.append(byConsumer);
                    });
            return text.toString();
        }

        private static String describe(View view) {
            ViewCursor cursor = view.cursor(0);
            while (cursor.next()) {
                if (cursor.keyLength() == 1) {
                    return describe(cursor.stream());
                }
            }
            throw new AssertionError("the stream is not there");
        }

        private static String describe(StreamParts parts) {
            StringBuilder text = new StringBuilder();
            StreamCursor entries = parts.entries();
            long count = 0;
            while (entries.next()) {
                count++;
                text.append(number(entries.ms(), entries.seq())).append(':');
                while (entries.nextField()) {
                    text.append(string(entries.field())).append(' ');
                    text.append(string(entries.value())).append(' ');
                }
            }
            assertEquals(parts.length(), count);
            int blocks = 0;
            while (parts.nextBlock()) {
                blocks++;
            }
            assertEquals(parts.blocks(), blocks);
            GroupCursor groups = parts.groups();
            TreeMap<String, String> described = new TreeMap<>();
            while (groups.nextGroup()) {
                described.put(string(groups.groupName()), describe(groups));
            }
            described.forEach((name, group) -> text.append('\n').append(name).append(group));
            return text.toString();
        }

        private static String describe(GroupCursor groups) {
            TreeMap<Long, long[]> deliveries = new TreeMap<>();
            while (groups.nextPending()) {
                deliveries.put(
                        number(groups.ms(), groups.seq()),
                        new long[] {groups.deliveredAt(), groups.deliveries()});
            }
            TreeMap<Long, Pending> pending = new TreeMap<>();
            TreeMap<String, Long> consumers = new TreeMap<>();
            TreeMap<String, List<Long>> byConsumer = new TreeMap<>();
            while (groups.nextConsumer()) {
                String consumer = string(groups.consumerName());
                consumers.put(consumer, groups.seen());
                List<Long> ids = new ArrayList<>();
                byConsumer.put(consumer, ids);
                long count = groups.pendingOfConsumer();
                while (groups.nextPendingOfConsumer()) {
                    long number = number(groups.ms(), groups.seq());
                    long[] delivery = deliveries.remove(number);
                    pending.put(number, new Pending(consumer, delivery[0], delivery[1]));
                    ids.add(number);
                }
                assertEquals(count, ids.size());
            }
            assertTrue(deliveries.isEmpty(), "pending in the group, and with no consumer");
            return consumers.toString() + pending + byConsumer;
        }

        private static String string(StringValue value) {
            return new String(
                    value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
        }

        private void check() {
            int cell = db.find(KEY, 0, 1);
            stream.open(db, cell);
            assertEquals(expected(), describe(new StreamParts().open(db.slab().cells, cell)));
            assertEquals(model.size(), stream.size());
            StreamId first = stream.firstId(new StreamId());
            assertEquals(model.isEmpty() ? 0 : model.firstKey(), number(first.ms(), first.seq()));
            StreamId top = stream.topId(new StreamId());
            assertEquals(model.isEmpty() ? 0 : model.lastKey(), number(top.ms(), top.seq()));
            long from = anyId();
            long to = anyId();
            StreamId start = new StreamId().set(from >> 2, from & 3);
            StreamId end = new StreamId().set(to >> 2, to & 3);
            Map<Long, String> range = from > to ? Map.of() : model.subMap(from, true, to, true);
            assertEquals(range.size(), stream.count(start, end));
            assertEquals(new ArrayList<>(range.keySet()), ids(start, end, false));
            List<Long> back = ids(start, end, true);
            java.util.Collections.reverse(back);
            assertEquals(new ArrayList<>(range.keySet()), back);
        }

        private List<Long> ids(StreamId from, StreamId to, boolean backward) {
            List<Long> ids = new ArrayList<>();
            StreamCursor cursor = new StreamCursor().open(stream, from, to, backward);
            while (cursor.next()) {
                ids.add(number(cursor.ms(), cursor.seq()));
            }
            return ids;
        }
    }
}
