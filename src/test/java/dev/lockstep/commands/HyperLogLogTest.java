package dev.lockstep.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TwiceRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HyperLogLogs are those of a stock redis-server with the same elements, byte for byte; corrupt ones are errors. */
class HyperLogLogTest {
    private static final int KEYS = 4;
    private static final Pattern HARMLESS =
            Pattern.compile("^(:\\d+|\\+.*|\\[.*|\".*|-(WRONGTYPE|INVALIDOBJ|ERR HLL) .*)$");

    private static TwiceRun twice;
    private static RespClient stock;
    private static RespClient lockstep;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @BeforeAll
    static void start() {
        twice = new TwiceRun();
        stock = twice.stock().connect();
        lockstep = twice.lockstep().connect();
    }

    @AfterAll
    static void stop() {
        stock.close();
        lockstep.close();
        twice.close();
    }

    @BeforeEach
    void empty() {
        same("FLUSHALL");
        same("CONFIG", "SET", "hll-sparse-max-bytes", "3000");
    }

    private Reply same(String... command) {
        Reply expected = stock.call(command);
        Reply actual = lockstep.call(command);
        assertEquals(
                expected.toString(),
                actual.toString(),
                () -> "seed " + seed + ": " + String.join(" ", command));
        return actual;
    }

    private String[] pfadd(String key, int elements, int range) {
        String[] command = new String[2 + elements];
        command[0] = "PFADD";
        command[1] = key;
        for (int i = 2; i < command.length; i++) {
            command[i] = "element:" + random.nextInt(range);
        }
        return command;
    }

    @ParameterizedTest
    @ValueSource(strings = {"3000", "0", "200", "20000"})
    void elementsGiveTheSameBytes(String maxSparseBytes) {
        same("CONFIG", "SET", "hll-sparse-max-bytes", maxSparseBytes);
        for (int i = 0; i < 150; i++) {
            same(pfadd("h", 1 + random.nextInt(100), 1_000_000));
            if (random.nextInt(4) == 0) {
                same("PFCOUNT", "h");
            }
            same("GET", "h");
        }
        same(pfadd("h", 30_000, 1_000_000_000));
        same("PFCOUNT", "h");
        same("GET", "h");
    }

    @Test
    void fewElementsOverAndOverGiveTheSameBytes() {
        for (int i = 0; i < 1_000; i++) {
            same(pfadd("h" + i % KEYS, 1 + random.nextInt(3), 300));
            same("GET", "h" + i % KEYS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"3000", "300", "20000"})
    void mergingGivesTheSameBytes(String maxSparseBytes) {
        same("CONFIG", "SET", "hll-sparse-max-bytes", maxSparseBytes);
        for (int i = 0; i < 200; i++) {
            String key = "h" + random.nextInt(KEYS);
            String other = "h" + random.nextInt(KEYS);
            String third = "h" + random.nextInt(KEYS);
            switch (random.nextInt(10)) {
                case 0 -> same("DEL", key);
                case 1, 2, 3, 4, 5 -> same(pfadd(key, 1 << random.nextInt(9), 1_000_000));
                case 6, 7 -> same("PFMERGE", key, other, third);
                case 8 -> same("PFCOUNT", key, other, third);
                default -> same("PFMERGE", key);
            }
            same("GET", key);
            same("PFCOUNT", key);
        }
    }

    @Test
    void estimatesAreTheSameAtAnySize() {
        for (int size = 1; size <= 300_000; size = size * 3 + 1) {
            for (int left = size - size / 3; left > 0; left -= 50_000) {
                same(pfadd("h", Math.min(left, 50_000), Integer.MAX_VALUE));
            }
            same("PFCOUNT", "h");
            same("PFCOUNT", "h", "none");
        }
    }

    @Test
    void corruptHyperLogLogsAreErrors() {
        for (int i = 0; i < 500; i++) {
            if (random.nextInt(10) == 0) {
                lockstep.ok(pfadd("h", 1 + random.nextInt(i % 7 == 0 ? 2_000 : 50), 100_000));
            }
            corrupt(i);
            for (List<String> command :
                    List.of(
                            List.of("PFCOUNT", "h"),
                            List.of(pfadd("h", 3, 100_000)),
                            List.of("PFCOUNT", "h", "good"),
                            List.of("PFMERGE", "good", "h"),
                            List.of("PFMERGE", "h", "good"),
                            List.of("PFDEBUG", "DECODE", "h"),
                            List.of("PFDEBUG", "TODENSE", "h"),
                            List.of("PFDEBUG", "ENCODING", "h"))) {
                String reply = lockstep.call(command.toArray(new String[0])).toString();
                assertTrue(
                        HARMLESS.matcher(reply).matches(),
                        () -> "seed " + seed + ": " + command + " -> " + reply);
            }
            lockstep.ok("DEL", "h");
        }
        assertEquals("PONG", lockstep.ok("PING").text());
    }

    private void corrupt(int round) {
        long length = lockstep.ok("STRLEN", "h").integer();
        if (length == 0) {
            lockstep.ok(pfadd("h", random.nextInt(100), 100_000));
            length = lockstep.ok("STRLEN", "h").integer();
        }
        StringBuilder bytes = new StringBuilder();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            bytes.append((char) random.nextInt(256));
        }
        if (round % 3 == 0) {
            lockstep.ok("APPEND", "h", bytes.toString());
        } else {
            long at = 4 + random.nextInt((int) length - 4);
            lockstep.ok("SETRANGE", "h", Long.toString(at), bytes.toString());
        }
        lockstep.ok("SETRANGE", "h", "15", "\u0080");
    }

    @Test
    void stockReplicasFollow() {
        try (ServerProcess replica =
                ServerProcess.start(
                        ServerKind.STOCK,
                        "replicaof 127.0.0.1 " + twice.lockstep().port(),
                        "enable-debug-command yes",
                        "repl-timeout 60")) {
            Replicas.awaitLink(replica);
            for (int i = 0; i < 500; i++) {
                String key = "h" + random.nextInt(KEYS);
                String other = "h" + random.nextInt(KEYS);
                List<String> command = new ArrayList<>();
                switch (random.nextInt(10)) {
                    case 0 -> command.addAll(List.of("PFMERGE", key, other));
                    case 1, 2, 3 -> command.addAll(List.of("PFCOUNT", key));
                    case 4 -> command.addAll(List.of("PFCOUNT", key, other));
                    case 5 -> command.addAll(List.of("PFDEBUG", "ENCODING", "h0"));
                    default ->
                            command.addAll(List.of(pfadd(key, 1 << random.nextInt(10), 1_000_000)));
                }
                lockstep.call(command.toArray(new String[0]));
            }
            Replicas.awaitSameData(twice.lockstep(), replica);
        }
    }
}
