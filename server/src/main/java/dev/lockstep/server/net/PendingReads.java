package dev.lockstep.server.net;

import dev.lockstep.server.RequestPrefetch;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.Executor;

/**
 * What the sockets had to read in one turn of the event loop. It is executed when all of them have been read, connection by
 * connection in the order of arrival: so the keys of all clients' requests are known before the first one is looked up, and
 * are waited for together. That a connection has ended keeps its place among the requests as well: who comes after it finds it
 * gone. Executor only.
 */
public final class PendingReads {
    /** So much is held at most before it is executed. */
    private static final int MOST_BYTES = 64 * 1024;

    /** So much that the array has no room for waits until the sockets have been read, where it must not be executed before. */
    private static final int HELD_BYTES_MAX = 4 << 20;

    /** Longer input is a pipeline, which is looked at on its own, or has a value too long for a look ahead to matter. */
    private static final int SINGLE_BYTES_MAX = 256;

    private final Executor loop;
    private final RequestPrefetch prefetch;
    private final Runnable run = this::run;
    private final byte[] array = new byte[MOST_BYTES];
    private Connection[] connections = new Connection[64];
    private int[] starts = new int[64];

    /** Input that isn't in the array, as it doesn't fit; else null. */
    private ByteBuf[] inputs = new ByteBuf[64];

    /** Where the connection has ended, instead of having sent something. */
    private final BitSet ends = new BitSet();

    private int count;
    private int used;
    private int heldBytes;

    /** Which is executed next. */
    private int next;

    private boolean scheduled;
    private boolean running;

    /**
     * @param loop runs tasks when it has been through the sockets that are ready
     */
    public PendingReads(Executor loop, RequestPrefetch prefetch) {
        this.loop = loop;
        this.prefetch = prefetch;
    }

    /**
     * Takes the bytes of a connection, to be executed in this turn. What the array has no room for, or belongs to an argument
     * that is not to be copied once more, is executed at once if that may be, behind all that came before: it is taken first, since
     * more of the same connection may come while a command takes long.
     */
    void add(Connection connection, ByteBuf input) {
        if (running) {
            execute(connection, input);
            return;
        }
        int bytes = input.readableBytes();
        boolean fits = bytes <= MOST_BYTES - used && !connection.isWithinLongArgument();
        append(connection);
        if (fits) {
            input.readBytes(array, used, bytes);
            input.release();
            used += bytes;
        } else {
            inputs[count - 1] = input;
            heldBytes += bytes;
            if (connection.mayExecuteWithinRead() || heldBytes > HELD_BYTES_MAX) {
                run();
            }
        }
    }

    /** Takes the end of a connection: the other side sends no more. */
    void addEnd(Connection connection) {
        if (running) {
            connection.ended();
            return;
        }
        ends.set(count);
        append(connection);
    }

    private void append(Connection connection) {
        if (count == connections.length) {
            connections = Arrays.copyOf(connections, count * 2);
            starts = Arrays.copyOf(starts, count * 2);
            inputs = Arrays.copyOf(inputs, count * 2);
        }
        connections[count] = connection;
        starts[count++] = used;
        if (!scheduled) {
            scheduled = true;
            loop.execute(run);
        }
    }

    /** Executes what was added. */
    public void run() {
        if (running) {
            return;
        }
        scheduled = false;
        running = true;
        next = 0;
        try {
            if (count > 1) {
                prefetch();
            }
            runRest();
        } finally {
            ends.clear();
            count = 0;
            used = 0;
            heldBytes = 0;
            running = false;
        }
    }

    /** Executes what is left of what is being executed, in the middle of it: one of the commands takes long. */
    public void runRest() {
        while (running && next < count) {
            int i = next++;
            Connection connection = connections[i];
            ByteBuf input = inputs[i];
            connections[i] = null;
            inputs[i] = null;
            if (ends.get(i)) {
                end(connection);
            } else if (input != null) {
                execute(connection, input);
            } else {
                execute(connection, starts[i], end(i));
            }
        }
    }

    /** What fails unexpectedly ends one connection, not the turn of the others. */
    private void execute(Connection connection, int start, int end) {
        try {
            connection.received(array, start, end);
            connection.flush();
        } catch (RuntimeException | Error e) {
            connection.failed(e);
        }
    }

    private static void execute(Connection connection, ByteBuf input) {
        try {
            connection.received(input);
            connection.flush();
        } catch (RuntimeException | Error e) {
            connection.failed(e);
        }
    }

    private static void end(Connection connection) {
        try {
            connection.ended();
        } catch (RuntimeException | Error e) {
            connection.failed(e);
        }
    }

    private int end(int index) {
        return index + 1 < count ? starts[index + 1] : used;
    }

    private void prefetch() {
        for (int i = 0; i < count; i++) {
            int start = starts[i];
            int end = end(i);
            if (!ends.get(i) && end - start <= SINGLE_BYTES_MAX && connections[i].beginsRequest()) {
                prefetch.add(connections[i].client(), array, start, end);
            }
        }
        prefetch.run(array);
    }
}
