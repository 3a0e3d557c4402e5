package dev.lockstep.server.geo;

/** A shape around a place: a circle, or a box whose sides are parallels and as long as it is wide in its middle. Reused. */
public final class GeoShape {
    /** Places farther away than any are. */
    private static final double OUTSIDE = -1;

    private boolean circle;
    private double longitude;
    private double latitude;
    private double unit;

    /** Of a circle the radius, of a box half of width and height, in units. */
    private double halfWidth;

    private double halfHeight;

    public void center(double centerLongitude, double centerLatitude) {
        longitude = centerLongitude;
        latitude = centerLatitude;
    }

    /** Makes it a circle; {@code meters} is what one unit of the radius is. */
    public void circle(double radius, double meters) {
        circle = true;
        unit = meters;
        halfWidth = radius;
        halfHeight = radius;
    }

    /** Makes it a box. */
    public void box(double width, double height, double meters) {
        circle = false;
        unit = meters;
        halfWidth = width / 2;
        halfHeight = height / 2;
    }

    double longitude() {
        return longitude;
    }

    double latitude() {
        return latitude;
    }

    /** A distance in the unit that the shape was given in. */
    public double inUnits(double meters) {
        return meters / unit;
    }

    /** The radius of a circle around the center that has all of the shape in it, in meters. */
    double reach() {
        return circle
                ? halfWidth * unit
                : Math.sqrt(halfWidth * halfWidth + halfHeight * halfHeight) * unit;
    }

    double halfWidth() {
        return halfWidth * unit;
    }

    double halfHeight() {
        return halfHeight * unit;
    }

    /** How far a place is from the center, in meters, or a negative number if it is not within the shape. */
    public double distanceWithin(double placeLongitude, double placeLatitude) {
        if (!circle && !isWithinBox(placeLongitude, placeLatitude)) {
            return OUTSIDE;
        }
        double distance = Earth.distance(longitude, latitude, placeLongitude, placeLatitude);
        return circle && distance > halfWidth * unit ? OUTSIDE : distance;
    }

    private boolean isWithinBox(double placeLongitude, double placeLatitude) {
        return Earth.northDistance(placeLatitude, latitude) <= halfHeight()
                && Earth.distance(placeLongitude, placeLatitude, longitude, placeLatitude)
                        <= halfWidth();
    }

    /** The distance of two places in meters. */
    public static double distance(long hash, long otherHash) {
        return Earth.distance(
                Geohash.longitudeOf(hash),
                Geohash.latitudeOf(hash),
                Geohash.longitudeOf(otherHash),
                Geohash.latitudeOf(otherHash));
    }
}
