package dev.lockstep.server.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fits {@code maxclients} into the number of files that this process may have open.
 *
 * <p>Redis tries to raise its limit first; the JVM has done that before {@code main}, up to the hard limit.
 */
public final class OpenFilesLimit {
    /** Files that aren't clients: listeners, log, RDB and AOF, a master, and the JVM's own. */
    private static final int RESERVED = 64;

    /** What an event loop beside the executor has open of its own. */
    private static final int PER_IO_THREAD = 3;

    private static final Logger LOG = LoggerFactory.getLogger(OpenFilesLimit.class);

    private OpenFilesLimit() {}

    /**
     * The most clients that {@code limit} leaves room for, but no more than asked for.
     *
     * @param ioThreads the directive's value
     * @param limit what {@link ProcessFacts#maxOpenFiles()} says; 0 if unknown, which fits everything
     */
    public static int mostClients(int maxclients, int ioThreads, long limit) {
        return limit == 0
                ? maxclients
                : (int) Math.min(maxclients, Math.max(0, limit - reserved(ioThreads)));
    }

    /** How many files are kept for what isn't a client. */
    public static int reserved(int ioThreads) {
        return RESERVED + PER_IO_THREAD * (ioThreads - 1);
    }

    /**
     * Lowers {@code maxclients} where the limit demands it, and says so in the log.
     *
     * @return the value to use
     * @throws StartupFailure if not one client would fit
     */
    public static int fit(int maxclients, int ioThreads, long limit) throws StartupFailure {
        int fitting = mostClients(maxclients, ioThreads, limit);
        if (fitting == maxclients) {
            return maxclients;
        }
        long needed = (long) maxclients + reserved(ioThreads);
        if (fitting == 0) {
            throw new StartupFailure(
                    "Your current 'ulimit -n' of "
                            + limit
                            + " is not enough for the server to start. Please increase your open file"
                            + " limit to at least "
                            + needed
                            + ". Exiting.");
        }
        LOG.warn(
                "You requested maxclients of {} requiring at least {} max file descriptors.",
                maxclients,
                needed);
        LOG.warn(
                "Current maximum open files is {}. maxclients has been reduced to {} to compensate for"
                        + " low ulimit. If you need higher maxclients increase 'ulimit -n'.",
                limit,
                fitting);
        return fitting;
    }
}
