package dev.lockstep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.View;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The digests are those of a stock server with the same data. */
class DatasetDigestTest {
    private static final String NONE = "0".repeat(40);

    private final Keyspace keyspace = new Keyspace(16);
    private final DatasetDigest digest = new DatasetDigest();

    @Test
    void nothingHasNoDigest() {
        assertEquals(NONE, ofAll());
        assertEquals(NONE, digest.ofValue(keyspace.database(0), 0));
    }

    @Test
    void agreesWithStock() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (ServerProcess stock =
                        ServerProcess.start(ServerKind.STOCK, "enable-debug-command yes");
                RespClient client = stock.connect()) {
            for (int database : new int[] {0, 3, 15}) {
                client.ok("SELECT", String.valueOf(database));
                for (int i = 0; i < 200; i++) {
                    byte[] key = bytes("key:" + i);
                    byte[] value = value(random);
                    long deadline = random.nextInt(4) == 0 ? 4_000_000_000_000L + i : -1;
                    set(client, key, value, deadline);
                    Database db = keyspace.database(database);
                    db.setString(key, 0, key.length, value, 0, value.length, deadline);
                    int cell = db.find(key, 0, key.length);
                    String expected =
                            client.call("DEBUG", "DIGEST-VALUE", "key:" + i).items().get(0).text();
                    assertEquals(expected, digest.ofValue(db, cell), "seed " + seed);
                }
                String expected = client.call("DEBUG", "DIGEST").text();
                assertNotEquals(NONE, expected);
                assertEquals(expected, ofAll(), "seed " + seed);
            }
        }
    }

    private String ofAll() {
        View view = keyspace.freeze();
        try {
            return digest.of(view);
        } finally {
            view.close();
        }
    }

    private static void set(RespClient client, byte[] key, byte[] value, long deadline) {
        client.call(List.of(bytes("SET"), key, value));
        if (deadline >= 0) {
            client.call(List.of(bytes("PEXPIREAT"), key, bytes(String.valueOf(deadline))));
        }
    }

    private static byte[] value(Random random) {
        if (random.nextInt(3) == 0) {
            return bytes(String.valueOf(random.nextLong()));
        }
        byte[] value = new byte[random.nextInt(10) == 0 ? 40_000 : random.nextInt(200)];
        random.nextBytes(value);
        return value;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
