package dev.lockstep.server;

import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.replication.ReplicationLog;
import dev.lockstep.server.aof.IncrementWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The one stream of changes: each encoded once, in the order of execution, for the replication log
 * and for the append-only file. Executor only.
 *
 * <p>What a command changes is staged while it runs and appended when it is done: alone as it is, several changes between
 * MULTI and EXEC. SELECT goes before a change whenever the database differs from that of the one before.
 */
public final class ChangeStream {
    /** The append-only file. */
    public static final int TO_FILE = 1;

    /** The replication log. */
    public static final int TO_REPLICAS = 2;

    public static final int TO_ALL = TO_FILE | TO_REPLICAS;

    private static final byte[] MULTI = "*1\r\n$5\r\nMULTI\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EXEC = "*1\r\n$4\r\nEXEC\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int STAGING_BYTES = 16 * 1024;
    private static final int STAGING_BYTES_KEPT = 1 << 20;

    private final RequestEncoder select = new RequestEncoder(64);
    private RequestEncoder staged = new RequestEncoder(STAGING_BYTES);

    /** Takes changes that are told to nobody. */
    private final RequestEncoder unheard = new RequestEncoder(64);

    /** Where the change begun last is. */
    private RequestEncoder current = staged;

    private int told = TO_ALL;
    private int[] starts = new int[16];
    private int[] databases = new int[16];

    /** To whom each is told. */
    private int[] targets = new int[16];

    private int count;
    private boolean separately;

    private ReplicationLog log;
    private IncrementWriter file;
    private boolean withinTransaction;
    private boolean fromMaster;
    private int selected = -1;

    /** Where changes go, or null to drop them: no replica has ever been here, or this server is one itself. */
    public void target(ReplicationLog newLog) {
        log = newLog;
        selected = -1;
    }

    /** Where changes go besides, or null. */
    public void recordTo(IncrementWriter newFile) {
        file = newFile;
        selected = -1;
    }

    /** Whether anybody wants the changes; if not, encoding them can be spared. */
    public boolean isActive() {
        return log != null || file != null && !fromMaster;
    }

    /** Whether what commands change from now on comes from a master, whose own bytes are logged and recorded instead. */
    void fromMaster(boolean on) {
        fromMaster = on;
    }

    /** Makes room for changes of about so many bytes; false if the heap has none. */
    boolean reserve(long bytes) {
        if (!isActive() || told == 0) {
            return true;
        }
        long more = bytes + STAGING_BYTES;
        try {
            staged.bytes().ensure((int) Math.min(more, Integer.MAX_VALUE));
            if (file != null) {
                file.reserve((int) Math.min(staged.length() + more, Integer.MAX_VALUE));
            }
            return true;
        } catch (OutOfMemoryError none) {
            return false;
        }
    }

    /** What staging takes of memory. */
    long bufferBytes() {
        return staged.array().length;
    }

    /** Whether what is being appended follows a MULTI, or is its EXEC. */
    public boolean isWithinTransaction() {
        return withinTransaction;
    }

    /** Forgets what was staged: a file is being loaded, which has it already. */
    public void drop() {
        count = 0;
        separately = false;
        staged.clear();
    }

    /** Makes the next change be preceded by SELECT: a replica begins to read here. */
    public void forgetSelected() {
        selected = -1;
    }

    /** The database that the end of the stream has selected, or -1. */
    public int selected() {
        return selected;
    }

    /**
     * Whom commands' changes are told from now on.
     *
     * @param to {@link #TO_FILE}, {@link #TO_REPLICAS}, both or 0
     */
    public void tell(int to) {
        told = to;
        current = staged;
    }

    /** Begins a change that a command makes; the arguments follow. */
    public RequestEncoder stage(int database, int argc) {
        if (told == 0) {
            unheard.clear();
            current = unheard;
            return unheard.begin(argc);
        }
        RequestEncoder encoder = stageInAnyCase(database, argc);
        targets[count - 1] = told;
        return encoder;
    }

    /** Begins a change that no command asked for, such as an expiry; the arguments follow. */
    RequestEncoder stageInAnyCase(int database, int argc) {
        current = staged;
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
            databases = Arrays.copyOf(databases, count * 2);
            targets = Arrays.copyOf(targets, count * 2);
        }
        starts[count] = staged.length();
        targets[count] = TO_ALL;
        databases[count++] = database;
        return staged.begin(argc);
    }

    /** The change begun last, to which arguments are still to be added. */
    public RequestEncoder staged() {
        return current;
    }

    /** Stages a request as it is. */
    public void stage(int database, Request request) {
        RequestEncoder encoder = stage(database, request.argc());
        for (int i = 0; i < request.argc(); i++) {
            encoder.arg(request.array(), request.offset(i), request.length(i));
        }
    }

    /** The changes staged until the next {@link #commit} don't belong together: no transaction around them. */
    public void separately() {
        separately = true;
    }

    /** Appends what was staged. */
    public void commit() {
        if (count > 0) {
            if (isActive()) {
                append();
            }
            count = 0;
            staged.clear();
        }
        separately = false;
        if (staged.array().length > STAGING_BYTES_KEPT) {
            staged = new RequestEncoder(STAGING_BYTES);
            current = staged;
        }
    }

    /** How many changes are staged. */
    int count() {
        return count;
    }

    private void append() {
        boolean transaction = count > 1 && !separately;
        if (transaction) {
            select(databases[0]);
            append(TO_ALL, MULTI, 0, MULTI.length);
            withinTransaction = true;
        }
        for (int i = 0; i < count; i++) {
            select(databases[i]);
            int end = i + 1 < count ? starts[i + 1] : staged.length();
            append(targets[i], staged.array(), starts[i], end - starts[i]);
        }
        if (transaction) {
            append(TO_ALL, EXEC, 0, EXEC.length);
            withinTransaction = false;
        }
    }

    private void append(int to, byte[] array, int offset, int length) {
        boolean logged = log != null && (to & TO_REPLICAS) != 0;
        if (logged) {
            log.append(array, offset, length);
        }
        if (file != null && (to & TO_FILE) != 0) {
            file.append(array, offset, length, logged);
        }
    }

    private void select(int database) {
        if (database != selected) {
            selected = database;
            select.clear();
            select.begin(2).arg("SELECT").arg(database);
            append(TO_ALL, select.array(), 0, select.length());
        }
    }

    /** Appends a command that concerns no database, such as PING. */
    public void appendAlone(RequestEncoder command) {
        if (log != null) {
            append(TO_ALL, command.array(), 0, command.length());
        }
    }
}
