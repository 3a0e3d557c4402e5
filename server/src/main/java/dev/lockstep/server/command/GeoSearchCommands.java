package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.MemberWalk;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.server.geo.GeoCells;
import dev.lockstep.server.geo.Geohash;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Commands that search a sorted set for places in a shape: GEOSEARCH, GEORADIUS and their kin. */
final class GeoSearchCommands {
    /** A place found: its name is a slice of the sorted set. */
    private record Found(byte[] array, int offset, int length, long hash, double distance) {}

    private static final Comparator<Found> NEAREST_FIRST =
            Comparator.comparingDouble(Found::distance);

    private final SortedSetValue zset = new SortedSetValue();
    private final MemberWalk walk = new MemberWalk();
    private final GeoCells cells = new GeoCells();
    private final GeoQuery query = new GeoQuery(zset);
    private final SortedSetResult result = new SortedSetResult();

    private static final String UNIT = "unit(M | KM | FT | MI)";
    private static final String SHAPE =
            "from(FROMMEMBER member | FROMLONLAT fromlonlat{longitude:double latitude:double})"
                    + " by(circle{BYRADIUS radius:double "
                    + UNIT
                    + "} | box{BYBOX width:double height:double "
                    + UNIT
                    + "}) [order(ASC | DESC)] [count-block{COUNT count:integer [ANY]}]";
    private static final String FROM_PLACE = "key longitude:double latitude:double ";
    private static final String FROM_MEMBER = "key member ";
    private static final String STORE =
            " [store(STORE storekey:key<key> | STOREDIST storedistkey:key<key>)]";
    private static final String UNITS_IN_UPPER_CASE = "7.0.0 Added units in upper case.";

    private GeoSearchCommands() {}

    private static String circle(String any) {
        return "radius:double "
                + UNIT
                + " [WITHCOORD] [WITHDIST] [WITHHASH] [count-block{COUNT count:integer ["
                + any
                + "]}] [order(ASC | DESC)]";
    }

    static void register(CommandTable table) {
        GeoSearchCommands commands = new GeoSearchCommands();
        commands.registerSearches(table);
        commands.registerRadiuses(table);
    }

    private void registerSearches(CommandTable table) {
        String complexity =
                "O(N+log(M)) for N places in the cells of the map that cover the shape and M in all.";
        table.add(
                command("geosearch", call -> search(call, GeoQuery.Form.SEARCH))
                        .arity(-7)
                        .flags(Flag.READONLY)
                        .acl(Category.GEO)
                        .key("RO", "ACCESS")
                        .docs(
                                "geo",
                                "6.2.0",
                                complexity,
                                "Returns the places in a box or a circle.")
                        .syntax("key " + SHAPE + " [WITHCOORD] [WITHDIST] [WITHHASH]")
                        .history(UNITS_IN_UPPER_CASE),
                command("geosearchstore", call -> search(call, GeoQuery.Form.SEARCH_STORE))
                        .arity(-8)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.GEO)
                        .keys(
                                KeySpec.range(1, 0, 1, "OW", "UPDATE"),
                                KeySpec.range(2, 0, 1, "RO", "ACCESS"))
                        .docs(
                                "geo",
                                "6.2.0",
                                complexity,
                                "Stores the places in a box or a circle in another key.")
                        .syntax("destination:key source:key " + SHAPE + " [STOREDIST]")
                        .history(UNITS_IN_UPPER_CASE));
    }

    private void registerRadiuses(CommandTable table) {
        String instead = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument";
        String ofMember =
                "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments";
        table.add(
                radius("georadius", GeoQuery.Form.RADIUS, -6, "3.2.0")
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .keys(stored("STORE", 6), stored("STOREDIST", 6))
                        .deprecated("6.2.0", instead)
                        .syntax(FROM_PLACE + circle("ANY@6.2.0") + STORE)
                        .history("6.2.0 Added `ANY`.", UNITS_IN_UPPER_CASE),
                radius("georadius_ro", GeoQuery.Form.RADIUS_RO, -6, "3.2.10")
                        .flags(Flag.READONLY)
                        .deprecated("6.2.0", "`GEOSEARCH` with the `BYRADIUS` argument")
                        .syntax(FROM_PLACE + circle("ANY@6.2.0"))
                        .history("6.2.0 Added `ANY`."),
                radius("georadiusbymember", GeoQuery.Form.MEMBER, -5, "3.2.0")
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .keys(stored("STORE", 5), stored("STOREDIST", 5))
                        .deprecated("6.2.0", ofMember)
                        .syntax(FROM_MEMBER + circle("ANY") + STORE)
                        .history(UNITS_IN_UPPER_CASE),
                radius("georadiusbymember_ro", GeoQuery.Form.MEMBER_RO, -5, "3.2.10")
                        .flags(Flag.READONLY)
                        .deprecated(
                                "6.2.0",
                                "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments")
                        .syntax(FROM_MEMBER + circle("ANY")));
    }

    private Command radius(String name, GeoQuery.Form form, int arity, String since) {
        return command(name, call -> search(call, form))
                .arity(arity)
                .acl(Category.GEO)
                .key("RO", "ACCESS")
                .docs(
                        "geo",
                        since,
                        "O(N+log(M)) for N places in the cells of the map that cover the circle and M in"
                                + " all.",
                        "Returns the places in a circle.");
    }

    private static KeySpec stored(String keyword, int from) {
        return KeySpec.keyword(keyword, from, "OW", "UPDATE");
    }

    private void search(Call call, GeoQuery.Form form) {
        int cell = call.read(form.sourceArg(), ValueType.ZSET);
        if (cell != 0) {
            zset.open(call.db(), cell);
        }
        query.read(call, form, cell != 0);
        List<Found> found = cell == 0 ? List.of() : find(call, cell);
        if (query.stores()) {
            store(call, found);
        } else {
            reply(call.reply(), found);
        }
    }

    /** The places asked for, in the order asked for: the nearest or the farthest first, or as they are met cell by cell. */
    private List<Found> find(Call call, int cell) {
        List<Found> found = new ArrayList<>();
        cells.cover(query.shape());
        walk.open(call.db(), cell);
        for (int i = 0; i < cells.count() && !isEnough(found); i++) {
            zset.rangeByScore(cells.begin(i), false, cells.end(i), true);
            findIn(zset.rangeBegin(), zset.rangeEnd(), found);
        }
        if (query.order() == GeoQuery.Order.NEAREST_FIRST) {
            found.sort(NEAREST_FIRST);
        } else if (query.order() == GeoQuery.Order.FARTHEST_FIRST) {
            found.sort(NEAREST_FIRST.reversed());
        }
        return query.count() == 0 || found.size() <= query.count()
                ? found
                : found.subList(0, (int) query.count());
    }

    private boolean isEnough(List<Found> found) {
        return query.any() && found.size() >= query.count();
    }

    private void findIn(long begin, long end, List<Found> found) {
        boolean more = begin < end && walk.seek(begin);
        for (long position = begin; more && position < end && !isEnough(found); position++) {
            long hash = Geohash.ofScore(walk.score());
            double distance =
                    query.shape()
                            .distanceWithin(Geohash.longitudeOf(hash), Geohash.latitudeOf(hash));
            if (distance >= 0) {
                StringValue name = walk.member();
                if (name.isInteger()) {
                    byte[] digits = new byte[name.length()];
                    System.arraycopy(name.array(), name.offset(), digits, 0, digits.length);
                    found.add(new Found(digits, 0, digits.length, hash, distance));
                } else {
                    found.add(
                            new Found(name.array(), name.offset(), name.length(), hash, distance));
                }
            }
            more = walk.next();
        }
    }

    private void reply(ReplyBuffer reply, List<Found> found) {
        reply.array(found.size());
        int fields = query.fields();
        for (Found place : found) {
            if (fields > 0) {
                reply.array(fields + 1);
            }
            reply.bulk(place.array, place.offset, place.length);
            if (query.withDistance()) {
                GeoReplies.distance(reply, query.shape().inUnits(place.distance));
            }
            if (query.withHash()) {
                reply.integer(place.hash);
            }
            if (query.withPlace()) {
                GeoReplies.place(reply, place.hash);
            }
        }
    }

    private void store(Call call, List<Found> found) {
        result.begin(call, 0);
        try {
            for (Found place : found) {
                double score =
                        query.storesDistance() ? query.shape().inUnits(place.distance) : place.hash;
                result.add(place.array, place.offset, place.length, score);
            }
        } catch (RuntimeException e) {
            result.discard();
            throw e;
        }
        call.reply().integer(result.store(call, query.storeArg(), query.storeEvent()));
        if (!found.isEmpty()) {
            call.changed(found.size() - 1);
        }
    }
}
