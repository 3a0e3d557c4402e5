package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.keyspace.ChunkSupply;
import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.Slab;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.info.InfoSection;
import dev.lockstep.server.info.MemoryUsage;
import dev.lockstep.server.process.ProcessFacts;
import java.nio.charset.StandardCharsets;

/** MEMORY: what takes how much of it. */
final class MemoryCommands {
    private static final String GROUP = "server";
    private static final byte[] SAMPLES = "samples".getBytes(StandardCharsets.US_ASCII);
    private static final String[] REPORT_TIPS = {
        "nondeterministic_output", "request_policy:all_shards", "response_policy:special"
    };
    private static final int STATS = 27;
    private static final long DEFAULT_SAMPLES = 5;

    /** What a key takes in the index and in that of the deadlines, on average over how full their nodes are. */
    private static final int INDEX_BYTES_PER_KEY = 12;

    private static final int DEADLINE_BYTES_PER_KEY = 18;

    private MemoryCommands() {}

    static void register(CommandTable table) {
        Command memory = container("memory").arity(-2);
        memory.docs(GROUP, "4.0.0", "Depends on subcommand.", "Holds the commands about memory.");
        memory.sub(
                command("doctor", MemoryCommands::doctor)
                        .arity(2)
                        .tips(REPORT_TIPS)
                        .docs(GROUP, "4.0.0", "O(1)", "Says what the use of memory means."),
                command("malloc-stats", MemoryCommands::slabFacts)
                        .arity(2)
                        .tips(REPORT_TIPS)
                        .docs(
                                GROUP,
                                "4.0.0",
                                "Depends on how much memory is allocated, could be slow",
                                "Returns facts about the slab and the heap."),
                command("purge", MemoryCommands::purge)
                        .arity(2)
                        .tips("request_policy:all_shards", "response_policy:all_succeeded")
                        .docs(
                                GROUP,
                                "4.0.0",
                                "Depends on how much memory is allocated, could be slow",
                                "Gives back memory that is kept in reserve."),
                command("stats", MemoryCommands::stats)
                        .arity(2)
                        .tips(REPORT_TIPS)
                        .docs(GROUP, "4.0.0", "O(1)", "Returns what takes how much memory."),
                command("usage", MemoryCommands::usage)
                        .arity(-3)
                        .flags(Flag.READONLY)
                        .keys(KeySpec.range(2, 0, 1, "RO"))
                        .docs(
                                GROUP,
                                "4.0.0",
                                "O(N) where N is the number of samples.",
                                "Returns what a key and its value take.")
                        .syntax("key [SAMPLES count:integer]"),
                Help.of(
                        "memory",
                        GROUP,
                        "4.0.0",
                        "DOCTOR",
                        "Return a report for people.",
                        "MALLOC-STATS",
                        "Return facts about the slab and the heap.",
                        "PURGE",
                        "Give back memory that is kept in reserve.",
                        "STATS",
                        "Return what takes how much memory.",
                        "USAGE <key> [SAMPLES <count>]",
                        "Return the bytes that <key> and its value take. Of a big collection <count>\n"
                                + "elements are looked at (default: 5), all of them if it is 0."));
        table.add(memory);
    }

    private static void usage(Call call) {
        Request args = call.args();
        long samples = DEFAULT_SAMPLES;
        for (int i = 3; i < args.argc(); i += 2) {
            if (!args.is(i, SAMPLES) || i + 1 == args.argc()) {
                throw Call.SYNTAX;
            }
            samples = call.longArg(i + 1);
            if (samples < 0) {
                throw Call.SYNTAX;
            }
        }
        int cell = call.peek(2);
        if (cell == 0) {
            call.reply().nullBulk();
        } else {
            call.reply().integer(call.db().memoryUsage(cell, samples));
        }
    }

    private static void purge(Call call) {
        ChunkSupply.dropSpares();
        call.reply().ok();
    }

    private static void doctor(Call call) {
        LockstepServer server = call.server();
        MemoryUsage usage = new MemoryUsage(server);
        long heap = server.memory().heapBytes();
        StringBuilder text = new StringBuilder();
        text.append("The data take ").append(InfoSection.human(usage.total()));
        text.append(" of the ").append(InfoSection.human(server.memory().maxMemoryCeiling()));
        text.append(" that this heap of ").append(InfoSection.human(heap)).append(" can hold.\n");
        if (usage.reserved() > 2 * usage.total() && usage.reserved() > heap / 4) {
            text.append("Much less is used than is reserved: big data were dropped lately.\n");
        }
        if (usage.normalClients() > heap / 8) {
            text.append("Clients take ")
                    .append(InfoSection.human(usage.normalClients()))
                    .append(": CLIENT LIST tells which, client-output-buffer-limit bounds them.\n");
        }
        text(call, text.toString());
    }

    private static void slabFacts(Call call) {
        Slab slab = call.server().keyspace().slab();
        Runtime runtime = Runtime.getRuntime();
        text(
                call,
                "slab: used "
                        + slab.used()
                        + ", reserved "
                        + slab.reserved()
                        + ", limit "
                        + call.server().memory().maxMemoryCeiling()
                        + "\nfrozen views: "
                        + slab.liveViews()
                        + "\nheap: used "
                        + (runtime.totalMemory() - runtime.freeMemory())
                        + ", committed "
                        + runtime.totalMemory()
                        + ", limit "
                        + runtime.maxMemory()
                        + "\n");
    }

    private static void text(Call call, String text) {
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.UTF_8));
    }

    private static void stats(Call call) {
        LockstepServer server = call.server();
        ReplyBuffer reply = call.reply();
        MemoryUsage usage = new MemoryUsage(server);
        Keyspace keyspace = server.keyspace();
        long peak = Math.max(server.stats().peakMemory, usage.total());
        long keys = keyspace.totalSize();
        int mark = reply.deferMap();
        number(reply, "peak.allocated", peak);
        number(reply, "total.allocated", usage.total());
        number(reply, "startup.allocated", usage.startup());
        number(reply, "replication.backlog", usage.backlog());
        number(reply, "clients.slaves", usage.replicaClients());
        number(reply, "clients.normal", usage.normalClients());
        number(reply, "cluster.links", 0);
        number(reply, "aof.buffer", 0);
        number(reply, "lua.caches", call.server().scripts().bytes());
        number(reply, "functions.caches", call.server().libraries().bytes());
        int databases = databases(reply, keyspace);
        number(reply, "overhead.total", usage.overhead());
        number(reply, "keys.count", keys);
        number(reply, "keys.bytes-per-key", keys == 0 ? 0 : usage.net() / keys);
        number(reply, "dataset.bytes", usage.dataset());
        ratio(reply, "dataset.percentage", 100.0 * usage.dataset(), usage.net());
        ratio(reply, "peak.percentage", 100.0 * usage.total(), peak);
        allocator(reply, usage);
        reply.endMap(mark, STATS + databases);
    }

    private static int databases(ReplyBuffer reply, Keyspace keyspace) {
        int count = 0;
        for (int number = 0; number < keyspace.databases(); number++) {
            Database db = keyspace.database(number);
            if (db.size() > 0) {
                reply.bulk("db." + number);
                reply.map(3);
                number(reply, "overhead.hashtable.main", db.size() * INDEX_BYTES_PER_KEY);
                number(
                        reply,
                        "overhead.hashtable.expires",
                        db.volatileCount() * DEADLINE_BYTES_PER_KEY);
                number(reply, "overhead.hashtable.slot-to-keys", 0); // of a cluster
                count++;
            }
        }
        return count;
    }

    private static void allocator(ReplyBuffer reply, MemoryUsage usage) {
        long used = usage.total();
        long reserved = Math.max(used, usage.reserved());
        long resident = ProcessFacts.residentBytes();
        number(reply, "allocator.allocated", used);
        number(reply, "allocator.active", reserved);
        number(reply, "allocator.resident", reserved);
        ratio(reply, "allocator-fragmentation.ratio", reserved, used);
        number(reply, "allocator-fragmentation.bytes", reserved - used);
        ratio(reply, "allocator-rss.ratio", 1, 1);
        number(reply, "allocator-rss.bytes", 0);
        ratio(reply, "rss-overhead.ratio", resident, reserved);
        number(reply, "rss-overhead.bytes", resident - reserved);
        ratio(reply, "fragmentation", resident, used);
        number(reply, "fragmentation.bytes", resident - used);
    }

    private static void number(ReplyBuffer reply, String name, long value) {
        reply.bulk(name);
        reply.integer(value);
    }

    private static void ratio(ReplyBuffer reply, String name, double of, double to) {
        reply.bulk(name);
        reply.doubleValue(to == 0 ? 0 : of / to);
    }
}
