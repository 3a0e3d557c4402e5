package dev.lockstep.server.tracking;

import dev.lockstep.server.Client;
import dev.lockstep.server.pubsub.Name;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What one client has chosen with CLIENT TRACKING and CLIENT CACHING. Executor only.
 *
 * <p>The object stays the client's from the first CLIENT TRACKING ON on. Keys that the client has read refer to it, also
 * after it has gone; then it refers to the client no more, so that nothing else is kept.
 */
public final class ClientTracking implements Trackers {
    /** About what a prefix takes on both sides. */
    private static final int PREFIX_BYTES = 320;

    private final long clientId;
    private Client client;
    private boolean on;
    private Mode mode = Mode.ALL;
    private boolean noLoop;
    private long redirection;
    private boolean redirectionBroken;
    private boolean caching;
    private final SortedSet<Name> prefixes = new TreeSet<>();

    /** Which keys a client hears of. */
    public enum Mode {
        /** Those that it has read. */
        ALL(""),
        /** Those read by a command that follows CLIENT CACHING YES. */
        OPTIN("optin"),
        /** Those that it has read, but for those of a command that follows CLIENT CACHING NO. */
        OPTOUT("optout"),
        /** Those that begin with one of its prefixes, whether it has read them or not. */
        BCAST("bcast");

        private final String flagName;

        Mode(String flagName) {
            this.flagName = flagName;
        }

        /** As CLIENT TRACKINGINFO shows it. */
        public String flagName() {
            return flagName;
        }
    }

    ClientTracking(Client client) {
        this.client = client;
        this.clientId = client.id();
    }

    void on(Mode newMode, boolean withoutOwn, long redirectTo) {
        on = true;
        mode = newMode;
        noLoop = withoutOwn;
        redirection = redirectTo;
        redirectionBroken = false;
    }

    void off() {
        on = false;
        mode = Mode.ALL;
        noLoop = false;
        redirectionBroken = false;
        caching = false;
    }

    void disconnected() {
        client = null;
    }

    /** The client, or null when it has gone. */
    Client client() {
        return client;
    }

    public boolean isOn() {
        return on;
    }

    public Mode mode() {
        return mode;
    }

    /** Whether it hears of no keys that it has changed itself. */
    public boolean isNoLoop() {
        return noLoop;
    }

    /** The ID of the client that is told instead of this one, or 0. */
    public long redirection() {
        return redirection;
    }

    /** Whether that client was found to be gone. */
    public boolean isRedirectionBroken() {
        return redirectionBroken;
    }

    void redirectionIsBroken() {
        redirectionBroken = true;
    }

    /** Whether CLIENT CACHING was given for the command that comes next. */
    public boolean isCachingGiven() {
        return caching;
    }

    public void cachingGiven(boolean given) {
        caching = given;
    }

    /** In mode BCAST, what the keys begin with that it hears of, in order. */
    public SortedSet<Name> prefixes() {
        return prefixes;
    }

    /** About what the prefixes take in memory. */
    public long prefixBytes() {
        return (long) PREFIX_BYTES * prefixes.size();
    }

    /** Whether it will hear of keys that it reads now. */
    boolean remembers() {
        return switch (mode) {
            case ALL -> on;
            case OPTIN -> on && caching;
            case OPTOUT -> on && !caching;
            case BCAST -> false;
        };
    }

    /** A number of which any bits distinguish it from others. */
    int spread() {
        return (int) (clientId * 0x9e3779b97f4a7c15L >>> 40);
    }

    // ---- as the set of itself ----

    @Override
    public Trackers with(ClientTracking other) {
        return other == this ? this : new TrackerSet(this, other);
    }

    @Override
    public int count() {
        return 1;
    }

    @Override
    public void forEach(Consumer<ClientTracking> action) {
        action.accept(this);
    }

    @Override
    public int bytes() {
        return 0;
    }
}
