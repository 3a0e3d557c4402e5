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
import org.junit.jupiter.api.Test;

/** Listpacks against a list of strings, and against bytes that were bent. */
class ListpackTest {
    private static final int AT = 5;
    private static final byte FENCE = 0x55;

    private final byte[] a = new byte[1 << 20];
    private final StringValue value = new StringValue();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private String get(int p) {
        Listpack.get(a, p, value);
        return new String(
                value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
    }

    private int insert(int p, String text) {
        byte[] s = bytes("<" + text + ">");
        int before = Listpack.bytes(a, AT);
        int size = Listpack.sizeOf(s, 1, text.length());
        a[AT + before + size] = FENCE;
        int q = Listpack.insert(a, AT, p, s, 1, text.length());
        assertEquals(before + size, Listpack.bytes(a, AT));
        assertEquals(size, Listpack.entryBytes(a, q));
        assertEquals(FENCE, a[AT + before + size]);
        return q;
    }

    private void check(List<String> model) {
        int bytes = Listpack.bytes(a, AT);
        assertTrue(Listpack.isValid(a, AT, bytes));
        assertEquals(model.size(), Listpack.count(a, AT));
        List<String> forward = new ArrayList<>();
        int p = Listpack.first(a, AT);
        for (; !Listpack.isEnd(a, p); p = Listpack.next(a, p)) {
            forward.add(get(p));
        }
        assertEquals(model, forward);
        assertEquals(Listpack.end(a, AT), p);
        List<String> backward = new ArrayList<>();
        for (p = Listpack.previous(a, AT, p); p != Listpack.NONE; p = Listpack.previous(a, AT, p)) {
            backward.add(0, get(p));
        }
        assertEquals(model, backward);
    }

    @Test
    void emptyListpack() {
        Listpack.init(a, AT);
        assertArrayEquals(
                new byte[] {7, 0, 0, 0, 0, 0, -1},
                Arrays.copyOfRange(a, AT, AT + Listpack.EMPTY_BYTES));
        check(List.of());
        assertEquals(Listpack.NONE, Listpack.seek(a, AT, 0));
        assertEquals(Listpack.NONE, Listpack.seek(a, AT, -1));
        assertEquals(AT + 6, Listpack.delete(a, AT, AT + 6, 3));
        check(List.of());
    }

    @Test
    void encodesEveryWidthAtItsLimits() {
        long[] limits = {
            0,
            127,
            128,
            4095,
            4096,
            -1,
            -4096,
            -4097,
            32767,
            32768,
            -32768,
            -32769,
            8388607,
            8388608,
            -8388608,
            -8388609,
            Integer.MAX_VALUE,
            Integer.MIN_VALUE,
            Integer.MAX_VALUE + 1L,
            Integer.MIN_VALUE - 1L,
            Long.MAX_VALUE,
            Long.MIN_VALUE
        };
        int[] sizes = {2, 2, 3, 3, 4, 3, 3, 4, 4, 5, 4, 5, 5, 6, 5, 6, 6, 6, 10, 10, 10, 10};
        for (int i = 0; i < limits.length; i++) {
            Listpack.init(a, AT);
            String text = Long.toString(limits[i]);
            insert(AT + 6, text);
            assertEquals(sizes[i], Listpack.entryBytes(a, AT + 6), text);
            assertEquals(sizes[i], Listpack.sizeOf(limits[i]), text);
            byte[] fromText = Arrays.copyOfRange(a, AT, AT + Listpack.bytes(a, AT));
            Listpack.init(a, AT);
            Listpack.insert(a, AT, AT + 6, limits[i]);
            assertArrayEquals(
                    fromText, Arrays.copyOfRange(a, AT, AT + Listpack.bytes(a, AT)), text);
            check(List.of(text));
            assertTrue(value.isInteger());
            assertEquals(limits[i], value.number());
        }
    }

    @Test
    void keepsWhatOnlyLooksLikeANumberAsText() {
        for (String text :
                List.of(
                        "",
                        "-",
                        "-0",
                        "00",
                        "01",
                        "+1",
                        " 1",
                        "1 ",
                        "1.0",
                        "9223372036854775808",
                        "-9223372036854775809",
                        "99999999999999999999",
                        "123456789012345678901",
                        "0x10")) {
            Listpack.init(a, AT);
            insert(AT + 6, text);
            check(List.of(text));
            assertFalse(value.isInteger(), text);
        }
    }

    @Test
    void growsLengthAndBacklenWhereRedisDoes() {
        int[][] lengthsAndSizes = {
            {0, 2},
            {63, 65},
            {64, 67},
            {125, 128},
            {126, 130},
            {4095, 4099},
            {4096, 4103},
            {16377, 16384},
            {16378, 16386},
            {2097145, 2097153},
            {2097146, 2097155},
        };
        for (int[] pair : lengthsAndSizes) {
            byte[] s = new byte[pair[0]];
            Arrays.fill(s, (byte) 'x');
            byte[] b = new byte[pair[1] + Listpack.EMPTY_BYTES];
            Listpack.init(b, 0);
            Listpack.insert(b, 0, 6, s, 0, s.length);
            assertEquals(pair[1], Listpack.sizeOf(s, 0, s.length));
            assertEquals(b.length, Listpack.bytes(b, 0));
            assertTrue(Listpack.isValid(b, 0, b.length));
            assertEquals(6, Listpack.previous(b, 0, b.length - 1));
            assertTrue(Listpack.equals(b, 6, s, 0, s.length));
            assertEquals(6, Listpack.find(b, 0, 6, s, 0, s.length, 0));
        }
    }

    /** Texts of all encodings, often the same ones again so that look-ups find something. */
    private static String text(SplittableRandom random) {
        switch (random.nextInt(6)) {
            case 0:
                return Integer.toString(random.nextInt(-5, 200));
            case 1:
                return Long.toString(random.nextLong() >> random.nextInt(64));
            case 2:
                return "x".repeat(random.nextInt(8));
            case 3:
                return "f" + random.nextInt(50);
            case 4:
                return "ab".repeat(random.nextInt(100));
            default:
                return random.nextInt(20) == 0
                        ? "y".repeat(random.nextInt(10_000))
                        : "word" + (char) random.nextInt(256);
        }
    }

    @Test
    void followsAListOfStrings() {
        for (long seed = 0; seed < 3000; seed++) {
            try {
                follow(new SplittableRandom(seed));
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void follow(SplittableRandom random) {
        List<String> model = new ArrayList<>();
        Listpack.init(a, AT);
        int steps = random.nextInt(100);
        for (int step = 0; step < steps; step++) {
            int index = random.nextInt(model.size() + 1);
            int p = index == model.size() ? Listpack.end(a, AT) : Listpack.seek(a, AT, index);
            String text = text(random);
            switch (random.nextInt(6)) {
                case 0:
                    int count = random.nextInt(4);
                    assertEquals(p, Listpack.delete(a, AT, p, count));
                    model.subList(index, Math.min(index + count, model.size())).clear();
                    break;
                case 1:
                    if (index < model.size()) {
                        assertEquals(p, Listpack.replace(a, AT, p, bytes(text), 0, text.length()));
                        model.set(index, text);
                    }
                    break;
                case 2:
                    if (index < model.size()) {
                        long number = random.nextLong() >> random.nextInt(64);
                        Listpack.replace(a, AT, p, number);
                        model.set(index, Long.toString(number));
                    }
                    break;
                default:
                    insert(p, text);
                    model.add(index, text);
            }
        }
        check(model);
        lookUp(random, model);
    }

    private void lookUp(SplittableRandom random, List<String> model) {
        int size = model.size();
        for (int index = -size - 2; index < size + 2; index++) {
            int p = Listpack.seek(a, AT, index);
            if (index < -size || index >= size) {
                assertEquals(Listpack.NONE, p);
            } else {
                assertEquals(model.get(index < 0 ? index + size : index), get(p));
            }
        }
        for (int i = 0; i < 10; i++) {
            String text = size > 0 && i < 7 ? model.get(random.nextInt(size)) : text(random);
            int from = random.nextInt(size + 1);
            int skip = random.nextInt(3);
            int expected = Listpack.NONE;
            for (int k = from; k < size && expected == Listpack.NONE; k += skip + 1) {
                boolean same = model.get(k).equals(text);
                int p = Listpack.seek(a, AT, k);
                assertEquals(same, Listpack.equals(a, p, bytes(text), 0, text.length()));
                if (same) {
                    expected = p;
                }
            }
            int start = from == size ? Listpack.end(a, AT) : Listpack.seek(a, AT, from);
            byte[] s = bytes("#" + text + "#");
            assertEquals(expected, Listpack.find(a, AT, start, s, 1, text.length(), skip));
        }
    }

    @Test
    void countsBeyondWhatTheHeaderHolds() {
        Listpack.init(a, AT);
        for (int i = 1; i <= 65_540; i++) {
            Listpack.insert(a, AT, Listpack.end(a, AT), i & 127);
            if (i >= 65_530) {
                assertEquals(i, Listpack.count(a, AT));
            }
        }
        assertTrue(Listpack.isValid(a, AT, Listpack.bytes(a, AT)));
        assertEquals("1", get(Listpack.seek(a, AT, 0)));
        assertEquals(Integer.toString(65_540 & 127), get(Listpack.seek(a, AT, -1)));
        assertEquals("1", get(Listpack.seek(a, AT, -65_540)));
        assertEquals(Integer.toString(65_540 & 127), get(Listpack.seek(a, AT, 65_539)));
        assertEquals(Listpack.NONE, Listpack.seek(a, AT, -65_541));
        assertEquals(Listpack.NONE, Listpack.seek(a, AT, 65_540));
        assertEquals(Listpack.NONE, Listpack.seek(a, AT, Integer.MIN_VALUE));
        Listpack.delete(a, AT, Listpack.first(a, AT), 65_538);
        check(List.of("3", "4"));
    }

    @Test
    void findsStringEncodedNumbersToo() {
        byte[] b = {11, 0, 0, 0, 1, 0, (byte) 0x82, '4', '2', 3, -1};
        assertTrue(Listpack.isValid(b, 0, b.length));
        assertTrue(Listpack.equals(b, 6, bytes("42"), 0, 2));
        assertEquals(6, Listpack.find(b, 0, 6, bytes("42"), 0, 2, 0));
        byte[] wide = {17, 0, 0, 0, 1, 0, (byte) 0xf4, 42, 0, 0, 0, 0, 0, 0, 0, 9, -1};
        assertTrue(Listpack.isValid(wide, 0, wide.length));
        assertEquals(6, Listpack.find(wide, 0, 6, bytes("42"), 0, 2, 0));
        assertEquals(Listpack.NONE, Listpack.find(wide, 0, 6, bytes("042"), 0, 3, 0));
    }

    @Test
    void refusesWhatIsNoListpack() {
        byte[] good = {12, 0, 0, 0, 2, 0, 5, 1, (byte) 0x81, 'x', 2, -1};
        assertTrue(Listpack.isValid(good, 0, good.length));
        assertFalse(Listpack.isValid(good, 0, good.length - 1));
        assertFalse(Listpack.isValid(new byte[6], 0, 6));
        int[][] bent = {
            {0, 13},
            {4, 1},
            {4, 3},
            {6, 0xf5},
            {6, 0xfe},
            {6, 0xff},
            {7, 2},
            {7, 0x81},
            {8, 0x82},
            {8, 0x80},
            {8, 0xf0},
            {8, 0xe1},
            {8, 0xf4},
            {10, 3},
            {10, 0x82},
            {11, 0}
        };
        for (int[] change : bent) {
            byte[] b = good.clone();
            b[change[0]] = (byte) change[1];
            assertFalse(Listpack.isValid(b, 0, b.length), Arrays.toString(change));
        }
    }

    /** What isValid lets through must do no harm: no exception, no endless loop, and still valid after edits. */
    @Test
    void whatIsValidCanBeWorkedOn() {
        int accepted = 0;
        for (long seed = 0; seed < 60_000; seed++) {
            try {
                accepted += bendAndUse(new SplittableRandom(seed));
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertTrue(accepted > 1000, "accepted " + accepted);
    }

    private int bendAndUse(SplittableRandom random) {
        Listpack.init(a, AT);
        int entries = random.nextInt(6);
        for (int i = 0; i < entries; i++) {
            String text = text(random);
            insert(Listpack.first(a, AT), text.length() > 300 ? "long" : text);
        }
        int bytes = Listpack.bytes(a, AT);
        int changes = random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            int at = AT + random.nextInt(bytes);
            if (random.nextBoolean()) {
                a[at] ^= 1 << random.nextInt(8);
            } else {
                a[at] = (byte) random.nextInt(256);
            }
        }
        byte[] exact = Arrays.copyOfRange(a, AT, AT + bytes);
        if (!Listpack.isValid(exact, 0, bytes)) {
            return 0;
        }
        List<String> model = new ArrayList<>();
        for (int p = Listpack.first(a, AT); !Listpack.isEnd(a, p); p = Listpack.next(a, p)) {
            model.add(get(p));
        }
        check(model);
        for (int i = 0; i < model.size(); i++) {
            String text = model.get(i);
            int p = Listpack.find(a, AT, Listpack.first(a, AT), bytes(text), 0, text.length(), 0);
            assertEquals(Listpack.seek(a, AT, model.indexOf(text)), p);
        }
        int index = random.nextInt(model.size() + 1);
        int p = index == model.size() ? Listpack.end(a, AT) : Listpack.seek(a, AT, index);
        insert(p, "new");
        model.add(index, "new");
        check(model);
        Listpack.delete(a, AT, Listpack.first(a, AT), 1);
        model.remove(0);
        check(model);
        return 1;
    }

    @Test
    void randomBytesDoNoHarm() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 200_000; round++) {
            byte[] b = new byte[7 + random.nextInt(40)];
            random.nextBytes(b);
            Cells.INT.set(b, 0, b.length);
            b[4] = -1;
            b[5] = -1;
            b[b.length - 1] = -1;
            if (Listpack.isValid(b, 0, b.length)) {
                int count = 0;
                for (int p = 6; !Listpack.isEnd(b, p); p = Listpack.next(b, p)) {
                    Listpack.get(b, p, value);
                    count++;
                }
                assertEquals(count, Listpack.count(b, 0));
            }
        }
    }
}
