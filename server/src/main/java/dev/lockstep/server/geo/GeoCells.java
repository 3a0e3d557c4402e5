package dev.lockstep.server.geo;

/**
 * The cells of a geohash grid that have all of a shape in them: the one that the shape's center is in and its eight
 * neighbours, less those that the shape doesn't reach. Reused.
 *
 * <p>The grid is so coarse that two cells are about as wide as the shape; near the poles, where cells are narrower than at
 * the equator, coarser. Where the neighbours of one side end before the shape does, a coarser one is taken.
 */
public final class GeoCells {
    /** At the equator, half of what a cell of one step measures. */
    private static final double FIRST_STEP_METERS = 20037726.37;

    private static final double NEAR_POLE = 66;
    private static final double NEARER_POLE = 80;

    /** In the order of a search: the middle, then north, south, east and west, then the corners. */
    private static final int[] EAST = {0, 0, 0, 1, -1, 1, -1, 1, -1};

    private static final int[] NORTH = {0, 1, -1, 0, 0, 1, 1, -1, -1};

    private final long[] begins = new long[EAST.length];
    private int count;
    private int steps;
    private long longitudeSlice;
    private long latitudeSlice;

    private double west;
    private double east;
    private double south;
    private double north;

    /** Finds the cells of a shape. */
    public void cover(GeoShape shape) {
        bound(shape);
        steps = steps(shape.reach(), shape.latitude());
        locate(shape);
        if (steps > 1 && !reachesBounds()) {
            steps--;
            locate(shape);
        }
        count = 0;
        long last = -1;
        for (int i = 0; i < EAST.length; i++) {
            if (steps < 2 || isReached(EAST[i], NORTH[i])) {
                long cell = cell(EAST[i], NORTH[i]);
                if (cell != last) {
                    begins[count++] = cell;
                    last = cell;
                }
            }
        }
    }

    /** How many cells there are. */
    public int count() {
        return count;
    }

    /** The lowest geohash of the places in a cell. */
    public long begin(int cell) {
        return begins[cell] << 2 * (Geohash.STEPS - steps);
    }

    /** The lowest geohash behind them. */
    public long end(int cell) {
        return begins[cell] + 1 << 2 * (Geohash.STEPS - steps);
    }

    /** The box of degrees around the shape; a shape is widest where it is nearest to a pole. */
    private void bound(GeoShape shape) {
        double longitude = shape.longitude();
        double latitude = shape.latitude();
        double height = Earth.degrees(shape.halfHeight() / Earth.RADIUS);
        double polewards = latitude < 0 ? latitude - height : latitude + height;
        double width =
                Earth.degrees(
                        shape.halfWidth() / Earth.RADIUS / Math.cos(Earth.radians(polewards)));
        west = longitude - width;
        east = longitude + width;
        south = latitude - height;
        north = latitude + height;
    }

    private static int steps(double meters, double latitude) {
        if (meters == 0) {
            return Geohash.STEPS;
        }
        int steps = -1;
        for (double range = meters; range < FIRST_STEP_METERS; range *= 2) {
            steps++;
        }
        if (Math.abs(latitude) > NEAR_POLE) {
            steps--;
            if (Math.abs(latitude) > NEARER_POLE) {
                steps--;
            }
        }
        return Math.max(1, Math.min(steps, Geohash.STEPS));
    }

    private void locate(GeoShape shape) {
        long center = Geohash.encode(shape.longitude(), shape.latitude(), steps);
        longitudeSlice = Geohash.longitudeSlice(center);
        latitudeSlice = Geohash.latitudeSlice(center);
    }

    /** A cell by its place from the middle; the map's edges meet. */
    private long cell(int eastwards, int northwards) {
        return Geohash.interleave(
                moved(longitudeSlice, eastwards), moved(latitudeSlice, northwards));
    }

    private long moved(long slice, int by) {
        return by == 0 ? slice : slice + by & (1L << steps) - 1;
    }

    private boolean reachesBounds() {
        long northern = moved(latitudeSlice, 1);
        long southern = moved(latitudeSlice, -1);
        long eastern = moved(longitudeSlice, 1);
        long western = moved(longitudeSlice, -1);
        return Geohash.latitude(northern + 1, steps) >= north
                && Geohash.latitude(southern, steps) <= south
                && Geohash.longitude(eastern + 1, steps) >= east
                && Geohash.longitude(western, steps) <= west;
    }

    /** Whether the shape goes over the middle cell's edge on a neighbour's side. */
    private boolean isReached(int eastwards, int northwards) {
        return !(northwards < 0 && Geohash.latitude(latitudeSlice, steps) < south
                || northwards > 0 && Geohash.latitude(latitudeSlice + 1, steps) > north
                || eastwards < 0 && Geohash.longitude(longitudeSlice, steps) < west
                || eastwards > 0 && Geohash.longitude(longitudeSlice + 1, steps) > east);
    }
}
