package dev.lockstep.server.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.geo.GeoShape;
import dev.lockstep.server.geo.Geohash;
import java.util.Locale;

/** Places, lengths and units as arguments of commands. */
final class GeoArguments {
    private static final byte[] METER = Call.word("m");
    private static final byte[] KILOMETER = Call.word("km");
    private static final byte[] FOOT = Call.word("ft");
    private static final byte[] MILE = Call.word("mi");

    private static final CommandException NOT_A_FLOAT =
            new CommandException(ErrorReplies.NOT_A_FLOAT);
    private static final CommandException NO_UNIT =
            new CommandException("ERR unsupported unit provided. please use M, KM, FT, MI");
    private static final CommandException NO_RADIUS =
            new CommandException("ERR need numeric radius");
    private static final CommandException NEGATIVE_RADIUS =
            new CommandException("ERR radius cannot be negative");
    private static final CommandException NO_WIDTH = new CommandException("ERR need numeric width");
    private static final CommandException NO_HEIGHT =
            new CommandException("ERR need numeric height");
    private static final CommandException NEGATIVE_SIDE =
            new CommandException("ERR height or width cannot be negative");

    private GeoArguments() {}

    /** Checks a longitude and the latitude behind it. */
    static void checkPlace(Request args, int arg) {
        double longitude = args.doubleAt(arg);
        double latitude = args.doubleAt(arg + 1);
        if (Double.isNaN(longitude) || Double.isNaN(latitude)) {
            throw NOT_A_FLOAT;
        }
        if (!Geohash.isOnMap(longitude, latitude)) {
            throw new CommandException(
                    "ERR invalid longitude,latitude pair "
                            + sixDecimals(longitude)
                            + ","
                            + sixDecimals(latitude));
        }
    }

    private static String sixDecimals(double value) {
        return Double.isInfinite(value)
                ? value > 0 ? "inf" : "-inf"
                : String.format(Locale.ROOT, "%f", value);
    }

    /** How many meters a unit is. */
    static double unit(Request args, int arg) {
        if (args.is(arg, METER)) {
            return 1;
        }
        if (args.is(arg, KILOMETER)) {
            return 1000;
        }
        if (args.is(arg, FOOT)) {
            return 0.3048;
        }
        if (args.is(arg, MILE)) {
            return 1609.34;
        }
        throw NO_UNIT;
    }

    /** Makes a shape the circle of a radius and the unit behind it. */
    static void circle(Request args, int arg, GeoShape shape) {
        double radius = args.doubleAt(arg);
        if (Double.isNaN(radius)) {
            throw NO_RADIUS;
        }
        if (radius < 0) {
            throw NEGATIVE_RADIUS;
        }
        shape.circle(radius, unit(args, arg + 1));
    }

    /** Makes a shape the box of a width, and the height and the unit behind it. */
    static void box(Request args, int arg, GeoShape shape) {
        double width = args.doubleAt(arg);
        if (Double.isNaN(width)) {
            throw NO_WIDTH;
        }
        double height = args.doubleAt(arg + 1);
        if (Double.isNaN(height)) {
            throw NO_HEIGHT;
        }
        if (width < 0 || height < 0) {
            throw NEGATIVE_SIDE;
        }
        shape.box(width, height, unit(args, arg + 2));
    }
}
