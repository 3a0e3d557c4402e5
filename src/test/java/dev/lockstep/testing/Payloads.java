package dev.lockstep.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

/** DUMP payloads that pass between two servers which hold the same. */
public final class Payloads {
    private static final String RESTORED = "restored";

    private Payloads() {}

    /**
     * Has each server restore what the other has dumped of {@code key:0} up to {@code key:(keys-1)}, as far as they exist;
     * the digests of the values stay the same. The keys lose their deadlines, which a digest would tell of.
     */
    public static void exchange(RespClient one, RespClient other, int keys) {
        for (int i = 0; i < keys; i++) {
            String key = "key:" + i;
            Reply payload = one.call("DUMP", key);
            if (!payload.isNil()) {
                one.ok("PERSIST", key);
                other.ok("PERSIST", key);
                String digest = one.ok("DEBUG", "DIGEST-VALUE", key).toString();
                restore(other, payload, digest);
                restore(one, other.ok("DUMP", RESTORED), digest);
            }
        }
        for (RespClient client : List.of(one, other)) {
            client.ok("DEL", RESTORED);
        }
    }

    private static void restore(RespClient client, Reply payload, String digest) {
        client.ok("DEL", RESTORED);
        client.ok("RESTORE", RESTORED, "0", payload.text());
        assertEquals(digest, client.ok("DEBUG", "DIGEST-VALUE", RESTORED).toString());
    }
}
