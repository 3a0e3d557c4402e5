package dev.lockstep.server.command;

import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.geo.GeoShape;
import dev.lockstep.server.geo.Geohash;

/** What a search for places is asked for: the arguments of GEOSEARCH, GEORADIUS and their kin. Reused; executor only. */
final class GeoQuery {
    /** The form the arguments have, which is the command's. */
    enum Form {
        RADIUS(1, 6),
        RADIUS_RO(1, 6),
        MEMBER(1, 5),
        MEMBER_RO(1, 5),
        SEARCH(1, 2),
        SEARCH_STORE(2, 3);

        private final int sourceArg;
        private final int optionsArg;

        Form(int sourceArg, int optionsArg) {
            this.sourceArg = sourceArg;
            this.optionsArg = optionsArg;
        }

        /** The argument with the key to search. */
        int sourceArg() {
            return sourceArg;
        }

        private boolean isSearch() {
            return this == SEARCH || this == SEARCH_STORE;
        }
    }

    /** The order of what is found. */
    enum Order {
        AS_MET,
        NEAREST_FIRST,
        FARTHEST_FIRST
    }

    private static final byte[] WITHDIST = Call.word("withdist");
    private static final byte[] WITHHASH = Call.word("withhash");
    private static final byte[] WITHCOORD = Call.word("withcoord");
    private static final byte[] ANY = Call.word("any");
    private static final byte[] ASC = Call.word("asc");
    private static final byte[] DESC = Call.word("desc");
    private static final byte[] COUNT = Call.word("count");
    private static final byte[] STORE = Call.word("store");
    private static final byte[] STOREDIST = Call.word("storedist");
    private static final byte[] FROMMEMBER = Call.word("frommember");
    private static final byte[] FROMLONLAT = Call.word("fromlonlat");
    private static final byte[] BYRADIUS = Call.word("byradius");
    private static final byte[] BYBOX = Call.word("bybox");

    private static final CommandException NO_SUCH_MEMBER =
            new CommandException("ERR could not decode requested zset member");
    private static final CommandException NOT_POSITIVE =
            new CommandException("ERR COUNT must be > 0");
    private static final CommandException ANY_WITHOUT_COUNT =
            new CommandException("ERR the ANY argument requires COUNT argument");
    private static final String WITH_AND_STORE =
            " is not compatible with WITHDIST, WITHHASH and WITHCOORD options";

    private final SortedSetValue zset;
    private final GeoShape shape = new GeoShape();

    private Form form;
    private boolean hasSource;
    private boolean withDistance;
    private boolean withHash;
    private boolean withPlace;
    private boolean any;
    private Order order;
    private long count;
    private int storeArg;
    private boolean storesDistance;
    private boolean hasCenter;
    private boolean centerIsMember;
    private boolean hasShape;
    private boolean isBox;

    /** @param zset is opened on what is searched, if there is anything, before {@link #read} is called */
    GeoQuery(SortedSetValue zset) {
        this.zset = zset;
    }

    /**
     * Reads the arguments.
     *
     * @param sourceExists whether there is anything to be searched; if not, members aren't looked up
     */
    void read(Call call, Form newForm, boolean sourceExists) {
        form = newForm;
        hasSource = sourceExists;
        clear();
        Request args = call.args();
        switch (form) {
            case RADIUS, RADIUS_RO -> {
                place(args, 2);
                GeoArguments.circle(args, 4, shape);
            }
            case MEMBER, MEMBER_RO -> {
                if (hasSource) {
                    member(args, 2);
                    GeoArguments.circle(args, 3, shape);
                }
            }
            default -> storeArg = form == Form.SEARCH_STORE ? 1 : 0;
        }
        for (int i = form.optionsArg; i < args.argc(); ) {
            int words = readOption(call, i);
            if (words == 0) {
                words = readShape(call, i);
            }
            if (words == 0) {
                throw Call.SYNTAX;
            }
            i += words;
        }
        check(call);
        if (count != 0 && order == Order.AS_MET && !any) {
            order = Order.NEAREST_FIRST;
        }
    }

    private void clear() {
        withDistance = false;
        withHash = false;
        withPlace = false;
        any = false;
        order = Order.AS_MET;
        count = 0;
        storeArg = 0;
        storesDistance = false;
        hasCenter = false;
        centerIsMember = false;
        hasShape = false;
        isBox = false;
    }

    /** Reads an option at an argument; returns how many arguments it has, 0 if there is none. */
    private int readOption(Call call, int arg) {
        boolean more = arg + 1 < call.args().argc();
        if (call.is(arg, WITHDIST)) {
            withDistance = true;
        } else if (call.is(arg, WITHHASH)) {
            withHash = true;
        } else if (call.is(arg, WITHCOORD)) {
            withPlace = true;
        } else if (call.is(arg, ANY)) {
            any = true;
        } else if (call.is(arg, ASC)) {
            order = Order.NEAREST_FIRST;
        } else if (call.is(arg, DESC)) {
            order = Order.FARTHEST_FIRST;
        } else if (more && call.is(arg, COUNT)) {
            count = call.longArg(arg + 1);
            if (count <= 0) {
                throw NOT_POSITIVE;
            }
            return 2;
        } else if (form == Form.SEARCH_STORE && call.is(arg, STOREDIST)) {
            storesDistance = true;
        } else if (more && (form == Form.RADIUS || form == Form.MEMBER)) {
            boolean distance = call.is(arg, STOREDIST);
            if (!distance && !call.is(arg, STORE)) {
                return 0;
            }
            storesDistance = distance;
            storeArg = arg + 1;
            return 2;
        } else {
            return 0;
        }
        return 1;
    }

    /** Reads part of what GEOSEARCH says of the shape, as {@link #readOption}. */
    private int readShape(Call call, int arg) {
        Request args = call.args();
        int more = form.isSearch() ? args.argc() - arg - 1 : 0;
        if (more >= 1 && !(hasCenter && !centerIsMember) && call.is(arg, FROMMEMBER)) {
            if (hasSource) {
                member(args, arg + 1);
            }
            hasCenter = true;
            centerIsMember = true;
            return 2;
        }
        if (more >= 2 && !centerIsMember && call.is(arg, FROMLONLAT)) {
            place(args, arg + 1);
            hasCenter = true;
            return 3;
        }
        if (more >= 2 && !isBox && call.is(arg, BYRADIUS)) {
            GeoArguments.circle(args, arg + 1, shape);
            hasShape = true;
            return 3;
        }
        if (more >= 3 && (isBox || !hasShape) && call.is(arg, BYBOX)) {
            GeoArguments.box(args, arg + 1, shape);
            hasShape = true;
            isBox = true;
            return 4;
        }
        return 0;
    }

    private void place(Request args, int arg) {
        GeoArguments.checkPlace(args, arg);
        shape.center(args.doubleAt(arg), args.doubleAt(arg + 1));
    }

    private void member(Request args, int arg) {
        if (!zset.find(args.array(), args.offset(arg), args.length(arg))) {
            throw NO_SUCH_MEMBER;
        }
        long hash = Geohash.ofScore(zset.score());
        shape.center(Geohash.longitudeOf(hash), Geohash.latitudeOf(hash));
    }

    private void check(Call call) {
        if (storeArg != 0 && fields() > 0) {
            String what =
                    form == Form.SEARCH_STORE ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
            throw new CommandException("ERR " + what + WITH_AND_STORE);
        }
        if (form.isSearch() && !hasCenter) {
            throw exactlyOne(call, "FROMMEMBER or FROMLONLAT");
        }
        if (form.isSearch() && !hasShape) {
            throw exactlyOne(call, "BYRADIUS and BYBOX");
        }
        if (any && count == 0) {
            throw ANY_WITHOUT_COUNT;
        }
    }

    private static CommandException exactlyOne(Call call, String options) {
        return new CommandException(
                "ERR exactly one of " + options + " can be specified for " + call.args().text(0));
    }

    GeoShape shape() {
        return shape;
    }

    Order order() {
        return order;
    }

    /** The most places wanted, or 0 for all. */
    long count() {
        return count;
    }

    /** Whether any places will do, not just the nearest or farthest. */
    boolean any() {
        return any;
    }

    boolean withDistance() {
        return withDistance;
    }

    boolean withHash() {
        return withHash;
    }

    boolean withPlace() {
        return withPlace;
    }

    /** How much is wanted of a place besides its name. */
    int fields() {
        return (withDistance ? 1 : 0) + (withHash ? 1 : 0) + (withPlace ? 1 : 0);
    }

    boolean stores() {
        return storeArg != 0;
    }

    /** The argument with the key to store what is found in. */
    int storeArg() {
        return storeArg;
    }

    /** Whether scores of what is stored are distances; else they are geohashes. */
    boolean storesDistance() {
        return storesDistance;
    }

    String storeEvent() {
        return form == Form.SEARCH_STORE ? "geosearchstore" : "georadiusstore";
    }
}
