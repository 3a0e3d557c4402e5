package dev.lockstep.server;

import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.replication.ReplicationLog;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The one stream of changes: each encoded once, in the order of execution, for the replication log. Executor only.
 *
 * <p>What a command changes is staged while it runs and appended when it is done: alone as it is, several changes between
 * MULTI and EXEC. SELECT goes before a change whenever the database differs from that of the one before.
 */
public final class ChangeStream {
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

    private boolean muted;
    private int[] starts = new int[16];
    private int[] databases = new int[16];
    private int count;
    private boolean separately;

    private ReplicationLog log;
    private int selected = -1;

    /** Where changes go, or null to drop them: no replica has ever been here, or this server is one itself. */
    public void target(ReplicationLog newLog) {
        log = newLog;
        selected = -1;
    }

    /** Whether anybody wants the changes; if not, encoding them can be spared. */
    public boolean isActive() {
        return log != null;
    }

    /** Makes the next change be preceded by SELECT: a replica begins to read here. */
    public void forgetSelected() {
        selected = -1;
    }

    /** The database that the end of the stream has selected, or -1. */
    public int selected() {
        return selected;
    }

    /** Whether what commands change from now on is told to nobody. */
    public void mute(boolean on) {
        muted = on;
        current = staged;
    }

    /** Begins a change that a command makes; the arguments follow. */
    public RequestEncoder stage(int database, int argc) {
        if (muted) {
            unheard.clear();
            current = unheard;
            return unheard.begin(argc);
        }
        return stageInAnyCase(database, argc);
    }

    /** Begins a change that comes of itself, such as an expiry; the arguments follow. */
    RequestEncoder stageInAnyCase(int database, int argc) {
        current = staged;
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
            databases = Arrays.copyOf(databases, count * 2);
        }
        starts[count] = staged.length();
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
        if (count == 0) {
            return;
        }
        if (log != null) {
            append();
        }
        count = 0;
        separately = false;
        if (staged.array().length > STAGING_BYTES_KEPT) {
            staged = new RequestEncoder(STAGING_BYTES);
            current = staged;
        } else {
            staged.clear();
        }
    }

    private void append() {
        boolean transaction = count > 1 && !separately;
        if (transaction) {
            select(databases[0]);
            log.append(MULTI, 0, MULTI.length);
        }
        for (int i = 0; i < count; i++) {
            select(databases[i]);
            int end = i + 1 < count ? starts[i + 1] : staged.length();
            log.append(staged.array(), starts[i], end - starts[i]);
        }
        if (transaction) {
            log.append(EXEC, 0, EXEC.length);
        }
    }

    private void select(int database) {
        if (database != selected) {
            selected = database;
            select.clear();
            select.begin(2).arg("SELECT").arg(database);
            log.append(select.array(), 0, select.length());
        }
    }

    /** Appends a command that concerns no database, such as PING. */
    public void appendAlone(RequestEncoder command) {
        if (log != null) {
            log.append(command.array(), 0, command.length());
        }
    }
}
