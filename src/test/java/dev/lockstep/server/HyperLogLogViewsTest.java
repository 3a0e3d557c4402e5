package dev.lockstep.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.View;
import dev.lockstep.keyspace.ViewCursor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * HyperLogLogs that grow, merge and go, compared with plain sets; views of them stay as they were while a second thread
 * reads them.
 */
class HyperLogLogViewsTest {
    private static final int STEPS = 4_000;
    private static final int KEYS = 6;
    private static final int ELEMENTS = 20_000;
    private static final int VIEWS = 3;
    private static final double MOST_ERROR = 0.05;

    private record Frozen(
            View view, CompletableFuture<Map<String, byte[]>> read, Map<String, byte[]> expected) {}

    private final Map<String, Set<Integer>> model = new HashMap<>();
    private final List<Frozen> views = new ArrayList<>();

    @Test
    void isTheSameAsSetsAndViewsStayAsTheyWere() throws Exception {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        try (EmbeddedServer embedded = new EmbeddedServer()) {
            EmbeddedServer.Link link = embedded.connect();
            for (int step = 0; step < STEPS; step++) {
                step(link, random);
                if (random.nextInt(50) == 0) {
                    freezeOrThaw(embedded);
                }
            }
            while (!views.isEmpty()) {
                thaw(embedded);
            }
            for (Map.Entry<String, Set<Integer>> each : model.entrySet()) {
                assertCount(link, each.getKey(), each.getValue());
            }
        } catch (Throwable t) {
            throw new AssertionError("seed " + seed, t);
        }
    }

    private void step(EmbeddedServer.Link link, SplittableRandom random) {
        String key = "h" + random.nextInt(KEYS);
        String other = "h" + random.nextInt(KEYS);
        switch (random.nextInt(40)) {
            case 0 -> {
                link.call("DEL " + key);
                model.remove(key);
            }
            case 1, 2 -> {
                link.call("PFMERGE " + key + " " + other);
                Set<Integer> merged = model.computeIfAbsent(key, k -> new HashSet<>());
                merged.addAll(model.getOrDefault(other, Set.of()));
            }
            case 3 -> {
                if (model.containsKey(other) && !key.equals(other)) {
                    assertEquals(":1", link.call("COPY " + other + " " + key + " REPLACE"));
                    model.put(key, new HashSet<>(model.get(other)));
                }
            }
            case 4, 5, 6 -> assertCount(link, key, model.getOrDefault(key, Set.of()));
            default -> add(link, key, random);
        }
    }

    private void add(EmbeddedServer.Link link, String key, SplittableRandom random) {
        StringBuilder command = new StringBuilder("PFADD ").append(key);
        Set<Integer> elements = model.computeIfAbsent(key, k -> new HashSet<>());
        int many = random.nextInt(10) == 0 ? 500 : 5;
        for (int i = random.nextInt(many); i >= 0; i--) {
            int element = random.nextInt(ELEMENTS);
            command.append(' ').append(element);
            elements.add(element);
        }
        link.call(command.toString());
    }

    private static void assertCount(EmbeddedServer.Link link, String key, Set<Integer> elements) {
        String reply = link.call("PFCOUNT " + key);
        double count = Double.parseDouble(reply.substring(1));
        double most = Math.max(2, elements.size() * MOST_ERROR);
        assertTrue(Math.abs(count - elements.size()) <= most, reply + " of " + elements.size());
    }

    private void freezeOrThaw(EmbeddedServer embedded) throws Exception {
        if (views.size() == VIEWS) {
            thaw(embedded);
            return;
        }
        views.add(
                embedded.onExecutor(
                        () -> {
                            Keyspace keyspace = embedded.server().keyspace();
                            View copied = keyspace.freeze();
                            Map<String, byte[]> expected = values(copied);
                            copied.close();
                            View view = keyspace.freeze();
                            return new Frozen(
                                    view,
                                    CompletableFuture.supplyAsync(() -> readTwice(view)),
                                    expected);
                        }));
    }

    private void thaw(EmbeddedServer embedded) throws Exception {
        Frozen frozen = views.remove(0);
        assertSame(frozen.expected(), frozen.read().get());
        assertSame(frozen.expected(), values(frozen.view()));
        embedded.onExecutor(
                () -> {
                    frozen.view().close();
                    return null;
                });
    }

    private static void assertSame(Map<String, byte[]> expected, Map<String, byte[]> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((key, value) -> assertArrayEquals(value, actual.get(key), key));
    }

    private static Map<String, byte[]> readTwice(View view) {
        values(view);
        return values(view);
    }

    private static Map<String, byte[]> values(View view) {
        Map<String, byte[]> values = new HashMap<>();
        ViewCursor cursor = view.cursor(0);
        while (cursor.next()) {
            String key =
                    new String(
                            cursor.keyArray(),
                            cursor.keyOffset(),
                            cursor.keyLength(),
                            StandardCharsets.ISO_8859_1);
            int from = cursor.string().offset();
            values.put(
                    key,
                    Arrays.copyOfRange(
                            cursor.string().array(), from, from + cursor.string().length()));
        }
        return values;
    }
}
