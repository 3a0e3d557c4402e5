package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** A window onto a long value is closed with the others of its thread, one onto a short value stays as it is. */
class ArrayWindowsTest {
    private final Keyspace keyspace = new Keyspace(1);
    private final Database database = keyspace.database(0);
    private ArrayWindows windows;

    /** On a thread of its own, since the windows of a thread are noted to its end. */
    private void onThread(Runnable body) throws Exception {
        FutureTask<Void> task =
                new FutureTask<>(
                        () -> {
                            windows = ArrayWindows.ofThisThread();
                            body.run();
                        },
                        null);
        new Thread(task).start();
        task.get();
    }

    private int string(char name, int length) {
        byte[] key = {(byte) name};
        return database.setString(key, 0, 1, new byte[length], 0, length, -1);
    }

    private int list(char name, int elementLength) {
        byte[] key = {(byte) name};
        database.find(key, 0, 1);
        ListValue list = new ListValue();
        list.createToPush(database, key, 0, 1, elementLength, elementLength, 1);
        list.push(new byte[elementLength], 0, elementLength, true);
        return list.cell();
    }

    @Test
    void whatShowedALongStringShowsNothingAfterwards() throws Exception {
        onThread(this::showALongString);
    }

    private void showALongString() {
        StringValue value = new StringValue();
        database.read(string('s', 100_000), value);
        assertEquals(100_000, value.length());
        windows.close();
        assertEquals(0, value.length());
        assertEquals(20, value.array().length, "it looks at its own digits");
        database.read(string('t', 200_000), value);
        assertEquals(200_000, value.length());
        windows.close();
        assertEquals(0, value.length());
    }

    @Test
    void whatShowsAShortOneStaysAsItIs() throws Exception {
        onThread(this::showAShortString);
    }

    private void showAShortString() {
        StringValue value = new StringValue();
        database.read(string('s', 1000), value);
        byte[] array = value.array();
        windows.close();
        assertSame(array, value.array());
        assertEquals(1000, value.length());
    }

    @Test
    void cursorsLetGoToo() throws Exception {
        onThread(this::stepThroughAList);
    }

    private void stepThroughAList() {
        int cell = list('l', 100_000);
        ListValue list = new ListValue().open(database, cell);
        ListCursor cursor = new ListCursor().open(list, 0, true);
        assertEquals(true, cursor.next());
        assertEquals(100_000, cursor.element().length());
        ElementCursor elements = new ElementCursor().open(database, cell);
        assertEquals(true, elements.next());
        assertEquals(100_000, elements.element().length());
        windows.close();
        assertEquals(0, cursor.element().length());
        assertEquals(0, elements.element().length());
        assertEquals(1, list.open(database, cell).size(), "and may be opened again");
        assertEquals(true, cursor.open(list, 0, true).next());
        assertEquals(100_000, cursor.element().length());
    }

    @Test
    void otherThreadsWindowsAreTheirOwnBusiness() throws Exception {
        onThread(() -> {});
        StringValue value = new StringValue();
        database.read(string('s', 100_000), value);
        windows.close();
        assertEquals(100_000, value.length());
    }
}
