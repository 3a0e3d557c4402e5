package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.EMPTY_IS_UNSET;
import static dev.lockstep.server.config.Trait.HIDDEN;
import static dev.lockstep.server.config.Trait.IMMUTABLE;
import static dev.lockstep.server.config.Trait.alias;
import static dev.lockstep.server.config.Trait.refusedUnless;
import static dev.lockstep.server.config.Trait.unused;

/** Redis Cluster, which Lockstep doesn't take part in. */
public final class ClusterSettings extends SettingGroup {
    enum EndpointType {
        IP,
        HOSTNAME,
        UNKNOWN_ENDPOINT
    }

    private static final int MAX_HOST_LENGTH = 256;
    private static final Trait NO_CLUSTER = unused("Lockstep doesn't take part in a Redis Cluster");

    {
        bool(
                "cluster-enabled",
                false,
                IMMUTABLE,
                refusedUnless(
                        "no",
                        "cluster-enabled must be no: Lockstep doesn't take part in a Redis Cluster; use replicaof, with"
                                + " Sentinel for failover"));
        checkedText("cluster-config-file", "nodes.conf", name -> null, IMMUTABLE, NO_CLUSTER);
        bigNumber("cluster-node-timeout", 15000, 0, LONG_MAX, NO_CLUSTER);
        number("cluster-port", 0, 0, PORT_MAX, IMMUTABLE, NO_CLUSTER);
        number(
                "cluster-replica-validity-factor",
                10,
                0,
                INT_MAX,
                alias("cluster-slave-validity-factor"),
                NO_CLUSTER);
        number("cluster-migration-barrier", 1, 0, INT_MAX, NO_CLUSTER);
        bool("cluster-allow-replica-migration", true, NO_CLUSTER);
        bool("cluster-require-full-coverage", true, NO_CLUSTER);
        bool("cluster-replica-no-failover", false, alias("cluster-slave-no-failover"), NO_CLUSTER);
        bool("cluster-allow-reads-when-down", false, NO_CLUSTER);
        bool("cluster-allow-pubsubshard-when-down", true, NO_CLUSTER);
        memory("cluster-link-sendbuf-limit", 0, 0, NumberSetting.UNSIGNED_MAX, NO_CLUSTER);
        text("cluster-announce-ip", "", EMPTY_IS_UNSET, NO_CLUSTER);
        checkedText(
                "cluster-announce-hostname",
                "",
                ClusterSettings::reasonAgainstHost,
                EMPTY_IS_UNSET,
                NO_CLUSTER);
        checkedText(
                "cluster-announce-human-nodename",
                "",
                ClusterSettings::reasonAgainstNodeName,
                EMPTY_IS_UNSET,
                NO_CLUSTER);
        number("cluster-announce-port", 0, 0, PORT_MAX, NO_CLUSTER);
        number("cluster-announce-tls-port", 0, 0, PORT_MAX, NO_CLUSTER);
        number("cluster-announce-bus-port", 0, 0, PORT_MAX, NO_CLUSTER);
        choice("cluster-preferred-endpoint-type", EndpointType.IP, NO_CLUSTER);
        number("cluster-compatibility-sample-ratio", 0, 0, 100, HIDDEN, NO_CLUSTER);
        bigNumber("cluster-ping-interval", 0, 0, LONG_MAX, HIDDEN, NO_CLUSTER);
    }

    ClusterSettings() {
        super("Cluster");
    }

    private static String reasonAgainstHost(String host) {
        if (host.length() >= MAX_HOST_LENGTH) {
            return "Hostnames must be less than " + MAX_HOST_LENGTH + " characters";
        }
        return host.matches("[A-Za-z0-9.-]*")
                ? null
                : "Hostnames may only contain alphanumeric characters, hyphens or dots";
    }

    private static String reasonAgainstNodeName(String name) {
        if (name.length() >= MAX_HOST_LENGTH) {
            return "Human nodename must be less than " + MAX_HOST_LENGTH + " characters";
        }
        return name.matches("[A-Za-z0-9._-]*")
                ? null
                : "Announced human node name contained invalid character";
    }
}
