package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

/**
 * CLUSTER, ASKING, READONLY and READWRITE: what clients ask that want to know whether a server is part of a cluster. This one
 * never is, and says so as a Redis does that isn't.
 */
final class ClusterCommands {
    private static final CommandException DISABLED =
            new CommandException("ERR This instance has cluster support disabled");

    private static final String NONDETERMINISTIC = "nondeterministic_output";

    private ClusterCommands() {}

    static void register(CommandTable table) {
        Command cluster =
                Command.container("cluster")
                        .arity(-2)
                        .docs(
                                "cluster",
                                "3.0.0",
                                "Depends on subcommand.",
                                "Whatever concerns a cluster; this server is none's node.");
        addSlotCommands(cluster);
        addNodeCommands(cluster);
        addQueries(cluster);
        table.add(
                cluster,
                refused(
                                "asking",
                                1,
                                "3.0.0",
                                "Has a node serve the next command though it hands the slot over.",
                                Flag.FAST)
                        .acl(Category.CONNECTION),
                refused(
                                "readonly",
                                1,
                                "3.0.0",
                                "Lets a replica of a cluster answer reads of this connection.",
                                Flag.LOADING,
                                Flag.STALE,
                                Flag.FAST)
                        .acl(Category.CONNECTION),
                refused(
                                "readwrite",
                                1,
                                "3.0.0",
                                "Takes READONLY back.",
                                Flag.LOADING,
                                Flag.STALE,
                                Flag.FAST)
                        .acl(Category.CONNECTION));
    }

    /** Who serves which slots. */
    private static void addSlotCommands(Command cluster) {
        cluster.sub(
                refused(
                                "addslots",
                                -3,
                                "3.0.0",
                                "O(N) where N is the number of slots given",
                                "Makes this node serve hash slots.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .syntax("slot:integer ..."),
                refused(
                                "addslotsrange",
                                -4,
                                "7.0.0",
                                "O(N) where N is the number of slots in the ranges",
                                "Makes this node serve ranges of hash slots.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .syntax("range{start-slot:integer end-slot:integer} ..."),
                refused(
                                "bumpepoch",
                                2,
                                "3.0.0",
                                "Takes the next configuration epoch.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .tips(NONDETERMINISTIC),
                refused(
                                "delslots",
                                -3,
                                "3.0.0",
                                "O(N) where N is the number of slots given",
                                "Makes this node forget who serves hash slots.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .syntax("slot:integer ..."),
                refused(
                                "delslotsrange",
                                -4,
                                "7.0.0",
                                "O(N) where N is the number of slots in the ranges",
                                "Makes this node forget who serves ranges of hash slots.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .syntax("range{start-slot:integer end-slot:integer} ..."),
                refused(
                        "flushslots",
                        2,
                        "3.0.0",
                        "Makes this node forget who serves any hash slot.",
                        Flag.ADMIN,
                        Flag.STALE,
                        Flag.NO_ASYNC_LOADING),
                refused(
                        "saveconfig",
                        2,
                        "3.0.0",
                        "Writes the nodes' configuration file.",
                        Flag.ADMIN,
                        Flag.STALE,
                        Flag.NO_ASYNC_LOADING),
                refused(
                                "set-config-epoch",
                                3,
                                "3.0.0",
                                "Sets the configuration epoch of a new node.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .syntax("config-epoch:integer"),
                refused(
                                "setslot",
                                -4,
                                "3.0.0",
                                "Says who serves a hash slot, or that it moves.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .syntax(
                                "slot:integer subcommand(IMPORTING importing<node-id> | MIGRATING migrating<node-id> | NODE node<node-id> | STABLE)"));
    }

    /** Which nodes there are, and what they are. */
    private static void addNodeCommands(Command cluster) {
        cluster.sub(
                refused(
                                "failover",
                                -2,
                                "3.0.0",
                                "Makes a replica take over from its master.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .syntax("[options(FORCE | TAKEOVER)]"),
                refused(
                                "forget",
                                3,
                                "3.0.0",
                                "Removes a node from those that this one knows.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .syntax("node-id"),
                refused(
                                "meet",
                                -4,
                                "3.0.0",
                                "Makes another node one of this cluster.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .syntax("ip port:integer [cluster-bus-port:integer@4.0.0]")
                        .history("4.0.0 Added the port of the cluster's bus."),
                refused(
                                "replicate",
                                3,
                                "3.0.0",
                                "Makes this node a replica of another one.",
                                Flag.ADMIN,
                                Flag.STALE,
                                Flag.NO_ASYNC_LOADING)
                        .syntax("node-id"),
                refused(
                                "reset",
                                -2,
                                "3.0.0",
                                "O(N) where N is the number of nodes known",
                                "Makes this node forget the cluster.",
                                Flag.ADMIN,
                                Flag.NOSCRIPT,
                                Flag.STALE)
                        .syntax("[reset-type(HARD | SOFT)]"));
    }

    /** What a node knows. */
    private static void addQueries(Command cluster) {
        cluster.sub(
                refused(
                                "count-failure-reports",
                                3,
                                "3.0.0",
                                "O(N) where N is the number of failure reports",
                                "Counts the nodes that report a node as failing.",
                                Flag.ADMIN,
                                Flag.STALE)
                        .syntax("node-id")
                        .tips(NONDETERMINISTIC),
                refused(
                                "countkeysinslot",
                                3,
                                "3.0.0",
                                "Counts the keys in a hash slot.",
                                Flag.STALE)
                        .syntax("slot:integer"),
                refused(
                                "getkeysinslot",
                                4,
                                "3.0.0",
                                "O(N) where N is the number of keys wanted",
                                "Returns keys of a hash slot.",
                                Flag.STALE)
                        .syntax("slot:integer count:integer")
                        .tips(NONDETERMINISTIC),
                refused(
                        "help",
                        2,
                        "5.0.0",
                        "Returns helpful text about the subcommands.",
                        Flag.LOADING,
                        Flag.STALE),
                refused("info", 2, "3.0.0", "Returns the state of the cluster.", Flag.STALE)
                        .tips(NONDETERMINISTIC),
                refused(
                                "keyslot",
                                3,
                                "3.0.0",
                                "O(N) where N is the length of the key",
                                "Returns the hash slot of a key.",
                                Flag.STALE)
                        .syntax("key:string"),
                refused(
                                "links",
                                2,
                                "7.0.0",
                                "O(N) where N is the number of nodes",
                                "Returns the connections to and from other nodes.",
                                Flag.STALE)
                        .tips(NONDETERMINISTIC),
                refused("myid", 2, "3.0.0", "Returns the ID of this node.", Flag.STALE),
                refused(
                                "myshardid",
                                2,
                                "7.2.0",
                                "Returns the ID of the shard that this node is in.",
                                Flag.STALE)
                        .tips(NONDETERMINISTIC),
                refused(
                                "nodes",
                                2,
                                "3.0.0",
                                "O(N) where N is the number of nodes",
                                "Returns the nodes as their configuration file lists them.",
                                Flag.STALE)
                        .tips(NONDETERMINISTIC),
                refused(
                                "replicas",
                                3,
                                "5.0.0",
                                "O(N) where N is the number of replicas",
                                "Lists the replicas of a master.",
                                Flag.ADMIN,
                                Flag.STALE)
                        .syntax("node-id")
                        .tips(NONDETERMINISTIC),
                refused(
                                "shards",
                                2,
                                "7.0.0",
                                "O(N) where N is the number of nodes",
                                "Returns which shards serve which hash slots.",
                                Flag.LOADING,
                                Flag.STALE)
                        .tips(NONDETERMINISTIC),
                refused(
                                "slaves",
                                3,
                                "3.0.0",
                                "O(N) where N is the number of replicas",
                                "Lists the replicas of a master.",
                                Flag.ADMIN,
                                Flag.STALE)
                        .syntax("node-id")
                        .tips(NONDETERMINISTIC)
                        .deprecated("5.0.0", "`CLUSTER REPLICAS`"),
                refused(
                                "slots",
                                2,
                                "3.0.0",
                                "O(N) where N is the number of nodes",
                                "Returns which nodes serve which hash slots.",
                                Flag.LOADING,
                                Flag.STALE)
                        .tips(NONDETERMINISTIC)
                        .history(
                                "4.0.0 Added the nodes' IDs.",
                                "7.0.0 Added how else a node can be reached.")
                        .deprecated("7.0.0", "`CLUSTER SHARDS`"));
    }

    private static Command refused(
            String name, int arity, String since, String summary, Flag... flags) {
        return refused(name, arity, since, "O(1)", summary, flags);
    }

    private static Command refused(
            String name,
            int arity,
            String since,
            String complexity,
            String summary,
            Flag... flags) {
        return command(name, ClusterCommands::refuse)
                .arity(arity)
                .flags(flags)
                .docs("cluster", since, complexity, summary);
    }

    private static void refuse(Call call) {
        throw DISABLED;
    }
}
