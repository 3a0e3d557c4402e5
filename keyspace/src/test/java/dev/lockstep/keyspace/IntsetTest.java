package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Intsets against a TreeSet, and against bytes that were bent. */
class IntsetTest {
    private static final int AT = 3;
    private static final byte FENCE = 0x55;

    private final byte[] a = new byte[4096];

    private void check(TreeSet<Long> model) {
        assertTrue(Intset.isValid(a, AT, Intset.bytes(a, AT)));
        assertEquals(model.size(), Intset.count(a, AT));
        int i = 0;
        for (long value : model) {
            assertEquals(value, Intset.valueAt(a, AT, i));
            assertEquals(i, Intset.indexOf(a, AT, value));
            i++;
        }
    }

    private boolean add(long value) {
        int room = Intset.bytesAfterAdd(a, AT, value);
        int before = Intset.bytes(a, AT);
        a[AT + room] = FENCE;
        boolean added = Intset.add(a, AT, value);
        assertEquals(added ? room : before, Intset.bytes(a, AT));
        assertEquals(FENCE, a[AT + room]);
        return added;
    }

    @Test
    void layout() {
        Intset.init(a, AT);
        assertTrue(add(258));
        assertTrue(add(-2));
        assertFalse(add(258));
        assertArrayEquals(
                new byte[] {2, 0, 0, 0, 2, 0, 0, 0, -2, -1, 2, 1},
                Arrays.copyOfRange(a, AT, AT + 12));
        assertTrue(add(70_000));
        assertArrayEquals(
                new byte[] {4, 0, 0, 0, 3, 0, 0, 0, -2, -1, -1, -1, 2, 1, 0, 0, 112, 17, 1, 0},
                Arrays.copyOfRange(a, AT, AT + 20));
        assertTrue(Intset.remove(a, AT, 70_000));
        assertEquals(16, Intset.bytes(a, AT));
        check(new TreeSet<>(List.of(-2L, 258L)));
    }

    @Test
    void widensAtTheLimits() {
        long[] limits = {
            Short.MAX_VALUE,
            Short.MIN_VALUE,
            Short.MAX_VALUE + 1L,
            Short.MIN_VALUE - 1L,
            Integer.MAX_VALUE,
            Integer.MIN_VALUE,
            Integer.MAX_VALUE + 1L,
            Integer.MIN_VALUE - 1L,
            Long.MAX_VALUE,
            Long.MIN_VALUE
        };
        int[] widths = {2, 2, 4, 4, 4, 4, 8, 8, 8, 8};
        for (int i = 0; i < limits.length; i++) {
            Intset.init(a, AT);
            TreeSet<Long> model = new TreeSet<>(List.of(-1L, 0L, 1L, limits[i]));
            add(1);
            add(0);
            add(-1);
            assertTrue(Intset.indexOf(a, AT, limits[i]) < 0);
            assertTrue(add(limits[i]));
            assertEquals(8 + 4 * widths[i], Intset.bytes(a, AT));
            check(model);
        }
    }

    @Test
    void followsATreeSet() {
        for (long seed = 0; seed < 5000; seed++) {
            try {
                follow(new SplittableRandom(seed));
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void follow(SplittableRandom random) {
        TreeSet<Long> model = new TreeSet<>();
        Intset.init(a, AT);
        int narrowest = random.nextInt(63);
        int steps = random.nextInt(200);
        for (int step = 0; step < steps; step++) {
            long value = random.nextLong() >> narrowest + random.nextInt(64 - narrowest);
            if (random.nextInt(3) > 0) {
                assertEquals(model.add(value), add(value));
            } else {
                if (random.nextBoolean() && !model.isEmpty()) {
                    value = new ArrayList<>(model).get(random.nextInt(model.size()));
                }
                assertEquals(model.remove(value), Intset.remove(a, AT, value));
            }
            long other = random.nextLong() >> random.nextInt(64);
            int index = Intset.indexOf(a, AT, other);
            assertEquals(model.contains(other), index >= 0);
            assertEquals(model.headSet(other).size(), index >= 0 ? index : -1 - index);
        }
        check(model);
    }

    @Test
    void refusesWhatIsNoIntset() {
        byte[] good = {2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 2, 0};
        assertTrue(Intset.isValid(good, 0, 12));
        assertTrue(Intset.isValid(new byte[] {8, 0, 0, 0, 0, 0, 0, 0}, 0, 8));
        assertFalse(Intset.isValid(good, 0, 11));
        assertFalse(Intset.isValid(good, 0, 7));
        int[][] bent = {
            {0, 3},
            {0, 0},
            {0, 4},
            {3, 1},
            {4, 1},
            {4, 3},
            {7, 0x80},
            {7, 0x40},
            {8, 2},
            {8, 3},
            {11, 0x80}
        };
        for (int[] change : bent) {
            byte[] b = good.clone();
            b[change[0]] = (byte) change[1];
            assertFalse(Intset.isValid(b, 0, b.length), Arrays.toString(change));
        }
    }

    /** What isValid lets through must do no harm. */
    @Test
    void whatIsValidCanBeWorkedOn() {
        SplittableRandom random = new SplittableRandom(11);
        int accepted = 0;
        for (int round = 0; round < 100_000; round++) {
            Intset.init(a, AT);
            for (int i = random.nextInt(5); i > 0; i--) {
                add(random.nextLong() >> random.nextInt(64));
            }
            int bytes = Intset.bytes(a, AT);
            a[AT + random.nextInt(bytes)] ^= 1 << random.nextInt(8);
            if (Intset.isValid(Arrays.copyOfRange(a, AT, AT + bytes), 0, bytes)) {
                accepted++;
                TreeSet<Long> model = new TreeSet<>();
                for (int i = 0; i < Intset.count(a, AT); i++) {
                    model.add(Intset.valueAt(a, AT, i));
                }
                check(model);
                long value = random.nextLong() >> random.nextInt(64);
                assertEquals(model.add(value), add(value));
                check(model);
            }
        }
        assertTrue(accepted > 1000, "accepted " + accepted);
    }
}
