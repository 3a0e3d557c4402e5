package dev.lockstep.server.acl;

import dev.lockstep.server.Client;
import dev.lockstep.server.ClientLine;
import dev.lockstep.server.LockstepServer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** What users were refused lately, the newest first: ACL LOG. Executor only. */
public final class AclLog {
    /** Refusals that are the same count as one when they are no further apart. */
    private static final long GROUPING_MILLIS_MAX = 60_000;

    /** Only so many of the newest entries may be the same. */
    private static final int COMPARED_MAX = 10;

    /** Where a command was refused. */
    public enum Context {
        TOPLEVEL,
        MULTI,
        LUA;

        /** As ACL LOG names it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** One refusal, or several that are the same. Texts have a character per byte. */
    public static final class Entry {
        public final Denied reason;
        public final Context context;
        public final String object;
        public final String username;
        public final long id;
        public final long createdMillis;
        private String client;
        private long updatedMillis;
        private long count = 1;

        private Entry(
                Denied reason,
                Context context,
                String object,
                String username,
                long id,
                long nowMillis) {
            this.reason = reason;
            this.context = context;
            this.object = object;
            this.username = username;
            this.id = id;
            createdMillis = nowMillis;
            updatedMillis = nowMillis;
        }

        /** The client that was refused last, as a line of CLIENT LIST. */
        public String client() {
            return client;
        }

        public long updatedMillis() {
            return updatedMillis;
        }

        public long count() {
            return count;
        }

        private boolean isSame(
                Denied newReason, Context newContext, String newObject, String name, long now) {
            return reason == newReason
                    && context == newContext
                    && object.equals(newObject)
                    && username.equals(name)
                    && now - updatedMillis <= GROUPING_MILLIS_MAX;
        }
    }

    private final LockstepServer server;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private long nextId;

    AclLog(LockstepServer server) {
        this.server = server;
    }

    /**
     * Notes a refusal.
     *
     * @param object what was refused: a command, a key, a channel; or the command that authenticates
     * @param username who was refused it, or said to be him
     */
    public void add(Client client, Denied reason, Context context, String object, String username) {
        server.stats().denied(reason);
        long most = server.config().security.aclLogMaxLen.get();
        if (most > 0) {
            long now = server.clock().millis();
            Entry entry = known(reason, context, object, username, now);
            if (entry == null) {
                entry = new Entry(reason, context, object, username, nextId++, now);
            } else {
                entries.remove(entry);
                entry.count++;
                entry.updatedMillis = now;
            }
            entry.client = ClientLine.of(server, client);
            entries.addFirst(entry);
        }
        while (entries.size() > most) {
            entries.removeLast();
        }
    }

    private Entry known(Denied reason, Context context, String object, String username, long now) {
        int left = COMPARED_MAX;
        for (Entry entry : entries) {
            if (left-- == 0) {
                return null;
            }
            if (entry.isSame(reason, context, object, username, now)) {
                return entry;
            }
        }
        return null;
    }

    public Iterable<Entry> entries() {
        return entries;
    }

    public int size() {
        return entries.size();
    }

    public void reset() {
        entries.clear();
    }
}
