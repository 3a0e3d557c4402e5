package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.geo.GeoShape;
import dev.lockstep.server.geo.Geohash;

/** Commands on places in a sorted set, whose scores are their geohashes: adding them, and what is known of each. */
final class GeoCommands {
    private static final byte[] NX = Call.word("nx");
    private static final byte[] XX = Call.word("xx");
    private static final byte[] CH = Call.word("ch");
    private static final byte[] ZADD = Call.word("zadd");

    private final ZaddCommand zadd = new ZaddCommand();
    private final SortedSetValue zset = new SortedSetValue();

    private GeoCommands() {}

    static void register(CommandTable table) {
        GeoCommands commands = new GeoCommands();
        table.add(
                command("geoadd", commands::geoadd)
                        .arity(-5)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.GEO)
                        .key("RW", "UPDATE")
                        .docs(
                                "geo",
                                "3.2.0",
                                "O(log(N)) for each place, N being the size of the sorted set.",
                                "Adds places to a sorted set, or moves them.")
                        .syntax(
                                "key [condition(NX | XX)@6.2.0] [change=CH@6.2.0]"
                                        + " data{longitude:double latitude:double member} ...")
                        .history("6.2.0 Added `CH`, `NX` and `XX`."),
                reading("geopos", commands::geopos, -2)
                        .docs(
                                "geo",
                                "3.2.0",
                                "O(1) for each place.",
                                "Returns the longitude and latitude of places.")
                        .syntax("key [member ...]"),
                reading("geohash", commands::geohash, -2)
                        .docs(
                                "geo",
                                "3.2.0",
                                "O(1) for each place.",
                                "Returns the geohashes of places in their standard form.")
                        .syntax("key [member ...]"),
                reading("geodist", commands::geodist, -4)
                        .docs("geo", "3.2.0", "O(1)", "Returns the distance of two places.")
                        .syntax("key member1 member2 [unit(M | KM | FT | MI)]"));
    }

    private static Command reading(String name, Command.Handler handler, int arity) {
        return command(name, handler)
                .arity(arity)
                .flags(Flag.READONLY)
                .acl(Category.GEO)
                .key("RO", "ACCESS");
    }

    /** Is passed on as the ZADD that it amounts to. */
    private void geoadd(Call call) {
        Request args = call.args();
        int options = 0;
        int first = 2;
        for (; first < args.argc(); first++) {
            if (call.is(first, NX)) {
                options |= ZaddCommand.NX;
            } else if (call.is(first, XX)) {
                options |= ZaddCommand.XX;
            } else if (call.is(first, CH)) {
                options |= ZaddCommand.CH;
            } else {
                break;
            }
        }
        int words = args.argc() - first;
        boolean both = (options & ZaddCommand.NX) != 0 && (options & ZaddCommand.XX) != 0;
        if (words == 0 || words % 3 != 0 || both) {
            throw Call.SYNTAX;
        }
        int places = words / 3;
        double[] scores = zadd.scores(places);
        for (int i = 0; i < places; i++) {
            int arg = first + 3 * i;
            GeoArguments.checkPlace(args, arg);
            scores[i] = Geohash.encode(args.doubleAt(arg), args.doubleAt(arg + 1), Geohash.STEPS);
        }
        zadd.run(call, options, first + 2, 3, places);
        if (call.changes() > 0 && call.propagates()) {
            propagate(call, first, scores, places);
        }
    }

    private static void propagate(Call call, int first, double[] scores, int places) {
        Request args = call.args();
        RequestEncoder encoder = call.propagate(first + 2 * places).arg(ZADD).arg(args, 1);
        for (int i = 2; i < first; i++) {
            encoder.arg(args, i);
        }
        for (int i = 0; i < places; i++) {
            encoder.arg((long) scores[i]).arg(args, first + 3 * i + 2);
        }
    }

    private void geopos(Call call) {
        Request args = call.args();
        int cell = call.read(1, ValueType.ZSET);
        ReplyBuffer reply = call.reply();
        reply.array(args.argc() - 2);
        for (int i = 2; i < args.argc(); i++) {
            if (find(call, cell, i)) {
                GeoReplies.place(reply, Geohash.ofScore(zset.score()));
            } else {
                reply.nullArray();
            }
        }
    }

    private void geohash(Call call) {
        Request args = call.args();
        int cell = call.read(1, ValueType.ZSET);
        ReplyBuffer reply = call.reply();
        reply.array(args.argc() - 2);
        for (int i = 2; i < args.argc(); i++) {
            if (find(call, cell, i)) {
                reply.bulk(Geohash.standardText(Geohash.ofScore(zset.score())));
            } else {
                reply.nullBulk();
            }
        }
    }

    private boolean find(Call call, int cell, int arg) {
        Request args = call.args();
        return cell != 0
                && zset.open(call.db(), cell)
                        .find(args.array(), args.offset(arg), args.length(arg));
    }

    private void geodist(Call call) {
        Request args = call.args();
        double unit = 1;
        if (args.argc() == 5) {
            unit = GeoArguments.unit(args, 4);
        } else if (args.argc() > 5) {
            throw Call.SYNTAX;
        }
        int cell = call.read(1, ValueType.ZSET);
        if (!find(call, cell, 2)) {
            call.reply().nullBulk();
            return;
        }
        long from = Geohash.ofScore(zset.score());
        if (!find(call, cell, 3)) {
            call.reply().nullBulk();
            return;
        }
        double meters = GeoShape.distance(from, Geohash.ofScore(zset.score()));
        GeoReplies.distance(call.reply(), meters / unit);
    }
}
