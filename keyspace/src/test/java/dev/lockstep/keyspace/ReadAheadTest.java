package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the look ahead takes for far: by that it is decided whether it is worth its cost. */
class ReadAheadTest {
    /** The names lie where the input of a pipeline would: in one array. */
    private static final byte[] INPUT = "small large field".getBytes(StandardCharsets.US_ASCII);

    private static final int SMALL = 0;
    private static final int LARGE = 6;
    private static final int NAME = 5;
    private static final int FIELD = 12;
    private static final int NONE = -1;

    private final Database database = new Keyspace(1).database(0);
    private final ReadAhead readAhead = new ReadAhead(4);

    @Test
    void oneKeyIsNotFar() {
        hash(SMALL, 1);
        readAhead.addKey(INPUT, SMALL, NAME);
        readAhead.addKey(INPUT, SMALL, NAME);
        assertFalse(readAhead.run(database, INPUT));
        assertFalse(readAhead.run(database, INPUT), "nothing was added");
    }

    @Test
    void severalKeysAreFarWhetherTheyAreThereOrNot() {
        readAhead.addKey(INPUT, SMALL, NAME);
        readAhead.addKey(INPUT, LARGE, NAME);
        assertTrue(readAhead.run(database, INPUT));
        hash(SMALL, 1);
        readAhead.addKey(INPUT, SMALL, NAME);
        readAhead.addKey(INPUT, LARGE, NAME);
        assertTrue(readAhead.run(database, INPUT));
        assertFalse(readAhead.run(database, INPUT), "they were forgotten");
    }

    @Test
    void elementsOfATableAreFarAndThoseOfASmallHashAreNot() {
        hash(SMALL, 1);
        hash(LARGE, 10_000);
        readAhead.addKey(INPUT, SMALL, NAME);
        readAhead.addElement(FIELD, NAME, 0, NONE);
        assertFalse(readAhead.run(database, INPUT));
        readAhead.addKey(INPUT, LARGE, NAME);
        readAhead.addElement(FIELD, NAME, 0, NONE);
        assertTrue(readAhead.run(database, INPUT));
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
