package dev.lockstep.testing;

import java.time.Duration;
import java.util.Map;

/** What tests ask of a master and its replicas: the link, the offsets, equal data. */
public final class Replicas {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Replicas() {}

    /** Waits until the replica says its link to the master is up. */
    public static void awaitLink(ServerProcess replica) {
        Await.until(
                replica + " has its link up",
                LIMIT,
                () -> replica.info("replication").get("master_link_status").equals("up"),
                () -> replica.info("replication") + "\n" + replica.logTail());
    }

    /** Waits until the replica has everything the master wrote, and the data is the same. */
    public static void awaitSameData(ServerProcess master, ServerProcess replica) {
        awaitLink(replica);
        Await.until(
                replica + " holds the data of " + master,
                LIMIT,
                () -> offset(master) == offset(replica) && digest(master).equals(digest(replica)),
                () ->
                        "offsets "
                                + offset(master)
                                + " and "
                                + offset(replica)
                                + ", digests "
                                + digest(master)
                                + " and "
                                + digest(replica)
                                + ", "
                                + master.info("keyspace")
                                + " and "
                                + replica.info("keyspace")
                                + "\n"
                                + replica.logTail());
    }

    public static long offset(ServerProcess server) {
        return Long.parseLong(server.info("replication").get("master_repl_offset"));
    }

    /** DEBUG DIGEST: 40 hex digits over all databases. */
    public static String digest(ServerProcess server) {
        try (RespClient client = server.connect()) {
            return client.ok("DEBUG", "DIGEST").text();
        }
    }

    /** One of INFO stats' counters, such as sync_full or sync_partial_ok. */
    public static long stat(ServerProcess server, String name) {
        Map<String, String> stats = server.info("stats");
        return Long.parseLong(stats.get(name));
    }
}
