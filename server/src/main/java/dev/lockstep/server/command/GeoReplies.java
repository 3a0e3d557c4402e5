package dev.lockstep.server.command;

import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.server.geo.Geohash;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/** Replies with places and distances. */
final class GeoReplies {
    private static final int DEGREE_DECIMALS = 17;
    private static final int DISTANCE_DECIMALS = 4;
    private static final double DISTANCE_UNIT = 1e4;

    private GeoReplies() {}

    /** The longitude and the latitude of a place. */
    static void place(ReplyBuffer reply, long hash) {
        reply.array(2);
        degrees(reply, Geohash.longitudeOf(hash));
        degrees(reply, Geohash.latitudeOf(hash));
    }

    /** Exact to 17 decimals, without the zeros at their end. */
    private static void degrees(ReplyBuffer reply, double degrees) {
        String text =
                new BigDecimal(degrees)
                        .setScale(DEGREE_DECIMALS, RoundingMode.HALF_EVEN)
                        .stripTrailingZeros()
                        .toPlainString();
        reply.doubleText(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** A distance with 4 decimals; a bulk string in either protocol. */
    static void distance(ReplyBuffer reply, double distance) {
        reply.bulk(
                BigDecimal.valueOf((long) Math.rint(distance * DISTANCE_UNIT), DISTANCE_DECIMALS)
                        .toPlainString()
                        .getBytes(StandardCharsets.US_ASCII));
    }
}
