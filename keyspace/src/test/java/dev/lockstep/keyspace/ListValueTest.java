package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Random operations on lists of all sizes of blocks against an ArrayList, with freezes at random points: each view is compared
 * with a copy of the model taken then, by a second thread, while changes go on.
 *
 * <p>{@code -Dlockstep.seeds=20000} runs more seeds, {@code -Dlockstep.firstSeed=n} begins with another.
 */
class ListValueTest {
    private static final int SEEDS = Integer.getInteger("lockstep.seeds", 400);
    private static final int FIRST_SEED = Integer.getInteger("lockstep.firstSeed", 1);
    private static final int FILLERS = 70;
    private static final byte[] KEY = {'k'};
    private static final byte[] OTHER = {'o', 't', 'h', 'e', 'r'};

    @Test
    void isTheSameAsAList() throws Exception {
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

    /** One seed: its own keyspace, and one list. */
    private static final class Run {
        private static final int[] SETTINGS = {-2, -2, -1, -3, -5, 1, 2, 3, 7, 100, 1000};

        /** Their blocks are arrays, for each of which there must be memory. */
        private static final int LARGE_BLOCKS = -5;

        private final SplittableRandom random;
        private final ExecutorService reader;
        private final Keyspace keyspace = new Keyspace(1);
        private final Database db = keyspace.database(0);
        private final ListValue list = new ListValue();
        private final ListCursor cursor = new ListCursor();
        private final StringValue read = new StringValue();
        private final SoughtElement sought = new SoughtElement();
        private final List<View> views = new ArrayList<>();
        private final List<Future<?>> readings = new ArrayList<>();
        private final int longest;
        private final boolean limited;
        private boolean mayBeRefused;
        private List<byte[]> model = new ArrayList<>();

        Run(int seed, ExecutorService reader) {
            random = new SplittableRandom(seed);
            this.reader = reader;
            limited = random.nextInt(4) == 0;
            EncodingLimits limits = EncodingLimits.DEFAULT;
            int setting =
                    limited && random.nextBoolean()
                            ? LARGE_BLOCKS
                            : SETTINGS[random.nextInt(SETTINGS.length)];
            int threshold = random.nextInt(5) == 0 ? 1 + random.nextInt(300) : 1 << 30;
            keyspace.encodingLimits(
                    new EncodingLimits(
                            limits.hashMaxListpackEntries(),
                            limits.hashMaxListpackValue(),
                            setting,
                            limits.setMaxIntsetEntries(),
                            limits.setMaxListpackEntries(),
                            limits.setMaxListpackValue(),
                            limits.zsetMaxListpackEntries(),
                            limits.zsetMaxListpackValue(),
                            limits.streamNodeMaxBytes(),
                            limits.streamNodeMaxEntries()));
            keyspace.listPackedThreshold(threshold);
            longest =
                    setting == LARGE_BLOCKS
                            ? 20_000
                            : new int[] {3, 20, 70, 300, 5000, 20_000}[random.nextInt(6)];
        }

        /** Leaves so few pages free that the limit is felt. */
        private void fillPages() {
            byte[] filler = new byte[32_000];
            for (int i = 0; i < FILLERS; i++) {
                byte[] key = {'f', (byte) i};
                db.setString(key, 0, key.length, filler, 0, filler.length, -1);
            }
        }

        private void emptyPages() {
            for (int i = 0; i < FILLERS; i++) {
                byte[] key = {'f', (byte) i};
                int cell = db.find(key, 0, key.length);
                if (cell != 0) {
                    db.delete(cell);
                }
            }
        }

        void run() throws Exception {
            if (limited) {
                fillPages();
            }
            int steps = 50 + random.nextInt(400);
            for (int i = 0; i < steps; i++) {
                boolean growing = i < steps / 2 || random.nextInt(3) == 0;
                if (limited && random.nextInt(10) == 0) {
                    keyspace.limit(random.nextInt(2) * keyspace.slab().reserved());
                }
                mayBeRefused = limited;
                try {
                    step(growing);
                } catch (MemoryLimitException full) {
                    assertTrue(mayBeRefused, "no limit was set, or it was for a removal");
                }
                keyspace.slab().endGrant();
                keyspace.limit(Long.MAX_VALUE);
                if (random.nextInt(20) == 0) {
                    check();
                }
                keyspace.reclaim();
            }
            check();
            end();
        }

        private void step(boolean growing) throws Exception {
            int dice = random.nextInt(100);
            if (dice < 40) {
                if (growing || model.isEmpty()) {
                    push();
                } else {
                    pop();
                }
            } else if (dice < 50) {
                pop();
            } else if (dice < 60) {
                set();
            } else if (dice < 70) {
                insert();
            } else if (dice < 76) {
                keepRange(growing);
            } else if (dice < 82) {
                removeEqual();
            } else if (dice < 88) {
                find();
            } else if (dice < 90) {
                copyAndRename();
            } else if (dice < 91) {
                delete();
            } else if (dice < 95) {
                freeze();
            } else if (!views.isEmpty()) {
                close(random.nextInt(views.size()));
            }
        }

        private byte[] element() {
            int dice = random.nextInt(10);
            if (dice < 3) {
                long number = random.nextLong() >> random.nextInt(64);
                return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
            }
            int length = random.nextInt(200) == 0 ? 50_000 : random.nextInt(longest + 1);
            byte[] bytes = new byte[dice < 8 ? length : Math.min(length, 1)];
            Arrays.fill(bytes, (byte) ('a' + random.nextInt(3)));
            return bytes;
        }

        private boolean open() {
            int cell = db.find(KEY, 0, KEY.length);
            assertEquals(model.isEmpty(), cell == 0);
            if (cell != 0) {
                list.open(db, cell);
            }
            return cell != 0;
        }

        private void push() {
            boolean first = random.nextBoolean();
            byte[][] elements = new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 300 : 4)][];
            long text = 0;
            long bytes = 0;
            for (int i = 0; i < elements.length; i++) {
                elements[i] = element();
                text += elements[i].length;
                bytes += ListValue.packedBytes(elements[i], 0, elements[i].length);
            }
            int count = elements.length;
            int cell = db.find(KEY, 0, KEY.length);
            if (cell == 0) {
                list.createToPush(db, KEY, 0, KEY.length, text, bytes, count);
            } else {
                list.openToPush(db, cell, text, bytes, count);
            }
            for (byte[] element : elements) {
                list.push(element, 0, element.length, first);
                model.add(first ? 0 : model.size(), element);
            }
        }

        private void pop() {
            mayBeRefused = false;
            if (open()) {
                boolean first = random.nextBoolean();
                int index = first ? 0 : model.size() - 1;
                list.get(first, read);
                assertArrayEquals(model.get(index), text());
                list.pop(first);
                model.remove(index);
                removed();
            }
        }

        private void removed() {
            if (!list.deleteIfEmpty()) {
                list.shrunk();
            }
        }

        private byte[] text() {
            return Arrays.copyOfRange(read.array, read.offset, read.offset + read.length);
        }

        private void set() {
            if (open()) {
                int index = random.nextInt(model.size());
                byte[] element = element();
                list.makeRoomFor(element.length);
                list.set(index, element, 0, element.length);
                model.set(index, element);
                list.shrunk();
            }
        }

        private void insert() {
            if (open()) {
                int index = random.nextInt(model.size() + 1);
                for (int i = random.nextInt(10); i >= 0; i--) {
                    byte[] element = element();
                    list.makeRoomFor(element.length);
                    list.insert(index, element, 0, element.length);
                    model.add(index, element);
                    open();
                }
            }
        }

        private void keepRange(boolean growing) {
            mayBeRefused = false;
            if (open()) {
                int size = model.size();
                int least = growing ? Math.max(1, size - 5) : 1;
                int count = least + random.nextInt(size - least + 1);
                int from = random.nextInt(size - count + 1);
                list.keep(from, count);
                model = new ArrayList<>(model.subList(from, from + count));
                list.shrunk();
            }
        }

        private void removeEqual() {
            mayBeRefused = false;
            if (open()) {
                byte[] element =
                        random.nextBoolean() ? element() : model.get(random.nextInt(model.size()));
                boolean fromEnd = random.nextBoolean();
                long most = random.nextInt(3) == 0 ? Long.MAX_VALUE : 1 + random.nextInt(4);
                long removed = list.remove(sought.set(element, 0, element.length), most, fromEnd);
                long expected = 0;
                for (int i = 0; i < model.size() && expected < most; i++) {
                    int index = fromEnd ? model.size() - 1 - i : i;
                    if (Arrays.equals(element, model.get(index))) {
                        model.remove(index);
                        expected++;
                        i--;
                    }
                }
                assertEquals(expected, removed);
                removed();
            }
        }

        private void find() {
            if (open()) {
                byte[] element =
                        random.nextBoolean() ? element() : model.get(random.nextInt(model.size()));
                sought.set(element, 0, element.length);
                int from = random.nextInt(model.size());
                boolean forwards = random.nextBoolean();
                int step = forwards ? 1 : -1;
                int most = random.nextInt(2 * model.size());
                int expected = from;
                int left = most;
                while (left > 0
                        && expected >= 0
                        && expected < model.size()
                        && !Arrays.equals(element, model.get(expected))) {
                    expected += step;
                    left--;
                }
                boolean there = left > 0 && expected >= 0 && expected < model.size();
                cursor.open(list, from, forwards);
                assertEquals(there ? expected : -1, cursor.find(sought, most));
                if (there) {
                    int next = expected + step;
                    boolean more = next >= 0 && next < model.size();
                    assertEquals(more, cursor.next());
                    if (more) {
                        assertArrayEquals(model.get(next), bytes(cursor.element()));
                    }
                }
                assertTrue(list.get(from, read));
                assertArrayEquals(model.get(from), text());
                assertTrue(list.get(from - model.size(), read));
                assertArrayEquals(model.get(from), text());
                assertFalse(list.get(model.size(), read));
                assertFalse(list.get(-model.size() - 1, read));
            }
        }

        private static byte[] bytes(StringValue value) {
            return Arrays.copyOfRange(value.array, value.offset, value.offset + value.length);
        }

        private void copyAndRename() {
            int cell = db.find(KEY, 0, KEY.length);
            if (cell != 0 && !limited) {
                db.copy(cell, db, OTHER, 0, OTHER.length);
                if (random.nextBoolean()) {
                    db.delete(cell);
                    db.rename(db.find(OTHER, 0, OTHER.length), db, KEY, 0, KEY.length);
                }
            }
        }

        private void delete() {
            int cell = db.find(KEY, 0, KEY.length);
            if (cell != 0) {
                db.delete(cell);
                model = new ArrayList<>();
            }
        }

        // ---- views ----

        private void freeze() {
            if (views.size() < 4 && !model.isEmpty()) {
                View view = keyspace.freeze();
                List<byte[]> copy = new ArrayList<>(model);
                views.add(view);
                readings.add(reader.submit(() -> compare(view, copy)));
            }
        }

        private static void compare(View view, List<byte[]> expected) {
            ViewCursor entries = view.cursor(0);
            boolean met = false;
            while (entries.next()) {
                if (entries.keyLength() == KEY.length) {
                    ElementCursor elements = entries.elements();
                    for (byte[] element : expected) {
                        assertTrue(elements.next());
                        assertArrayEquals(element, bytes(elements.element()));
                    }
                    assertFalse(elements.next());
                    met = true;
                }
            }
            assertTrue(met);
        }

        private void close(int index) throws Exception {
            try {
                readings.remove(index).get();
            } catch (ExecutionException failure) {
                throw new AssertionError(failure.getCause());
            }
            views.remove(index).close();
        }

        // ---- checks ----

        private void check() {
            if (open()) {
                assertEquals(model.size(), list.size());
                boolean forwards = random.nextBoolean();
                cursor.open(list, forwards ? 0 : model.size() - 1, forwards);
                for (int i = 0; i < model.size(); i++) {
                    assertTrue(cursor.next());
                    int index = forwards ? i : model.size() - 1 - i;
                    assertArrayEquals(model.get(index), bytes(cursor.element()));
                }
                assertFalse(cursor.next());
                checkBlocks();
            }
        }

        private void checkBlocks() {
            if (list.encoding() == ValueType.LISTPACK) {
                int bytes = Listpack.bytes(list.array, list.at);
                assertEquals(bytes, db.valueLength(list.cell()));
                assertTrue(Listpack.isValid(list.array, list.at, bytes));
                return;
            }
            ListBlockWalk walk = new ViewCursor().at(db, list.cell()).blocks();
            long count = 0;
            while (walk.next()) {
                int bytes = Listpack.bytes(walk.array(), walk.offset());
                assertTrue(Listpack.isValid(walk.array(), walk.offset(), bytes));
                count += Listpack.count(walk.array(), walk.offset());
            }
            assertEquals(model.size(), count);
        }

        private void end() throws Exception {
            while (!views.isEmpty()) {
                close(0);
            }
            delete();
            emptyPages();
            int other = db.find(OTHER, 0, OTHER.length);
            if (other != 0) {
                db.delete(other);
            }
            while (keyspace.reclaimPending()) {
                keyspace.reclaim();
            }
            assertEquals(0, keyspace.used());
        }
    }
}
