package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the look ahead takes for far: by that it is decided whether it is worth its cost. */
class KeyPrefetchTest {
    /** The names lie where the input of a pipeline would: in one array. */
    private static final byte[] INPUT = "small large field".getBytes(StandardCharsets.US_ASCII);

    private static final int SMALL = 0;
    private static final int LARGE = 6;
    private static final int NAME = 5;
    private static final int FIELD = 12;
    private static final int NONE = -1;

    private final Database database = new Keyspace(1).database(0);
    private final KeyPrefetch keyPrefetch = new KeyPrefetch(4);

    @Test
    void oneKeyIsNotFar() {
        hash(SMALL, 1);
        keyPrefetch.addKey(INPUT, SMALL, NAME);
        keyPrefetch.addKey(INPUT, SMALL, NAME);
        assertFalse(keyPrefetch.run(database, INPUT));
        assertFalse(keyPrefetch.run(database, INPUT), "nothing was added");
    }

    @Test
    void severalKeysAreFarWhetherTheyAreThereOrNot() {
        keyPrefetch.addKey(INPUT, SMALL, NAME);
        keyPrefetch.addKey(INPUT, LARGE, NAME);
        assertTrue(keyPrefetch.run(database, INPUT));
        hash(SMALL, 1);
        keyPrefetch.addKey(INPUT, SMALL, NAME);
        keyPrefetch.addKey(INPUT, LARGE, NAME);
        assertTrue(keyPrefetch.run(database, INPUT));
        assertFalse(keyPrefetch.run(database, INPUT), "they were forgotten");
    }

    @Test
    void elementsOfATableAreFarAndThoseOfASmallHashAreNot() {
        hash(SMALL, 1);
        hash(LARGE, 10_000);
        keyPrefetch.addKey(INPUT, SMALL, NAME);
        keyPrefetch.addElement(FIELD, NAME, 0, NONE);
        assertFalse(keyPrefetch.run(database, INPUT));
        keyPrefetch.addKey(INPUT, LARGE, NAME);
        keyPrefetch.addElement(FIELD, NAME, 0, NONE);
        assertTrue(keyPrefetch.run(database, INPUT));
    }

    private void hash(int key, int fields) {
        database.find(INPUT, key, NAME);
        HashValue hash = new HashValue().create(database, INPUT, key, NAME);
        for (int i = 0; i < fields; i++) {
            byte[] field = Integer.toString(i).getBytes(StandardCharsets.US_ASCII);
            hash.set(field, 0, field.length, field, 0, field.length);
        }
    }
}
