package dev.lockstep.server.geo;

/** Distances in meters on the sphere that Redis takes the earth for, along great circles, by the haversine formula. */
final class Earth {
    static final double RADIUS = 6372797.560856;

    private static final double RADIANS_IN_DEGREE = Math.PI / 180;

    private Earth() {}

    static double radians(double degrees) {
        return degrees * RADIANS_IN_DEGREE;
    }

    static double degrees(double radians) {
        return radians / RADIANS_IN_DEGREE;
    }

    static double distance(
            double longitude, double latitude, double otherLongitude, double otherLatitude) {
        double east = Math.sin((radians(otherLongitude) - radians(longitude)) / 2);
        if (east == 0) {
            return northDistance(latitude, otherLatitude);
        }
        double phi = radians(latitude);
        double otherPhi = radians(otherLatitude);
        double north = Math.sin((otherPhi - phi) / 2);
        double haversine = north * north + Math.cos(phi) * Math.cos(otherPhi) * east * east;
        return 2 * RADIUS * Math.asin(Math.sqrt(haversine));
    }

    /** The distance of two places of the same longitude. */
    static double northDistance(double latitude, double otherLatitude) {
        return RADIUS * Math.abs(radians(otherLatitude) - radians(latitude));
    }
}
