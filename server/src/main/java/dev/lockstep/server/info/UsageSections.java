package dev.lockstep.server.info;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.OperationsRate;
import dev.lockstep.server.Stats;
import dev.lockstep.server.net.Connection;
import dev.lockstep.server.process.ProcessFacts;
import dev.lockstep.server.pubsub.PubSub;
import dev.lockstep.server.pubsub.SubscriptionKind;
import dev.lockstep.server.script.Libraries;
import dev.lockstep.server.script.Scripts;
import java.util.Locale;

/**
 * INFO clients, memory, stats and keyspace: what is used, and what has happened so far.
 *
 * <p>Fields of Redis that count something this server doesn't have, such as scripts or a defragmentation, are 0.
 */
final class UsageSections {
    private final LockstepServer server;

    UsageSections(LockstepServer server) {
        this.server = server;
    }

    void clients(InfoSection section) {
        int longestInput = 0;
        long longestOutput = 0;
        int following = 0;
        for (Client client : server.clients().all()) {
            Connection connection = client.connection();
            if (connection != null) {
                longestInput = Math.max(longestInput, connection.pendingInput());
                longestOutput = Math.max(longestOutput, connection.pendingOutput());
            }
            following += client.isReplica || client.isMaster ? 1 : 0;
        }
        section.field("connected_clients", server.clients().count() - following)
                .field("cluster_connections", 0)
                .field("maxclients", server.config().clients.maxClients.get())
                .field("client_recent_max_input_buffer", longestInput)
                .field("client_recent_max_output_buffer", longestOutput)
                .field("blocked_clients", server.clients().blockedCount())
                .field("tracking_clients", server.tracking().clientCount())
                .field("clients_in_timeout_table", server.blocked().timedCount())
                .field("total_blocking_keys", server.blockedKeys().count())
                .field("total_blocking_keys_on_nokey", server.blockedKeys().onNoKeyCount());
    }

    void memory(InfoSection section) {
        MemoryUsage usage = new MemoryUsage(server);
        long used = usage.total();
        long peak = Math.max(server.stats().peakMemory, used);
        long resident = ProcessFacts.residentBytes();
        long reserved = Math.max(used, usage.reserved());
        section.bytes("used_memory", used)
                .bytes("used_memory_rss", resident)
                .bytes("used_memory_peak", peak)
                .field("used_memory_peak_perc", percent(used, peak))
                .field("used_memory_overhead", usage.overhead())
                .field("used_memory_startup", usage.startup())
                .field("used_memory_dataset", usage.dataset())
                .field("used_memory_dataset_perc", percent(usage.dataset(), usage.net()))
                .field("allocator_allocated", used)
                .field("allocator_active", reserved)
                .field("allocator_resident", reserved)
                .bytes("total_system_memory", ProcessFacts.systemMemoryBytes());
        scripts(server, section);
        section.bytes("maxmemory", server.config().memory.maxMemory.bytes())
                .field("maxmemory_policy", server.config().memory.policy.text())
                .field("allocator_frag_ratio", ratio(reserved, used), 2)
                .field("allocator_frag_bytes", reserved - used)
                .field("allocator_rss_ratio", 1.0, 2)
                .field("allocator_rss_bytes", 0)
                .field("rss_overhead_ratio", ratio(resident, reserved), 2)
                .field("rss_overhead_bytes", resident - reserved)
                .field("mem_fragmentation_ratio", ratio(resident, used), 2)
                .field("mem_fragmentation_bytes", resident - used)
                .field("mem_not_counted_for_evict", 0)
                .field("mem_replication_backlog", usage.backlog())
                .field("mem_total_replication_buffers", usage.replicationBuffers())
                .field("mem_clients_slaves", usage.replicaClients())
                .field("mem_clients_normal", usage.normalClients())
                .field("mem_cluster_links", 0)
                .field("mem_aof_buffer", 0)
                .field("mem_allocator", "slab")
                .field("active_defrag_running", 0)
                .field("lazyfree_pending_objects", server.keyspace().reclaimCount())
                .field("lazyfreed_objects", server.keyspace().reclaimedValues());
    }

    private static void scripts(LockstepServer server, InfoSection section) {
        Scripts scripts = server.scripts();
        Libraries libraries = server.libraries();
        section.field("used_memory_lua", scripts.vmBytes())
                .field("used_memory_vm_eval", scripts.vmBytes())
                .field("used_memory_lua_human", InfoSection.human(scripts.vmBytes()))
                .field("used_memory_scripts_eval", scripts.bytes())
                .field("number_of_cached_scripts", scripts.count())
                .field("number_of_functions", libraries.functionCount())
                .field("number_of_libraries", libraries.count())
                .field("used_memory_vm_functions", libraries.vmBytes())
                .bytes("used_memory_vm_total", scripts.vmBytes() + libraries.vmBytes())
                .field("used_memory_functions", libraries.bytes())
                .bytes("used_memory_scripts", scripts.bytes() + libraries.bytes());
    }

    private static double ratio(long of, long to) {
        return to == 0 ? 0 : (double) of / to;
    }

    private static String percent(long of, long to) {
        return String.format(Locale.ROOT, "%.2f%%", 100 * ratio(of, to));
    }

    void stats(InfoSection section) {
        Stats stats = server.stats();
        OperationsRate rate = server.rate();
        PubSub pubSub = server.pubSub();
        section.field("total_connections_received", stats.connectionsReceived)
                .field("total_commands_processed", stats.commandsProcessed)
                .field("instantaneous_ops_per_sec", rate.commandsPerSecond())
                .field(
                        "total_net_input_bytes",
                        stats.netInputBytes + stats.netReplicationInputBytes)
                .field(
                        "total_net_output_bytes",
                        stats.netOutputBytes + stats.netReplicationOutputBytes)
                .field("total_net_repl_input_bytes", stats.netReplicationInputBytes)
                .field("total_net_repl_output_bytes", stats.netReplicationOutputBytes)
                .field("instantaneous_input_kbps", rate.inputKbps(), 2)
                .field("instantaneous_output_kbps", rate.outputKbps(), 2)
                .field("instantaneous_input_repl_kbps", rate.replicationInputKbps(), 2)
                .field("instantaneous_output_repl_kbps", rate.replicationOutputKbps(), 2)
                .field("rejected_connections", stats.rejectedConnections)
                .field("sync_full", stats.syncFull)
                .field("sync_partial_ok", stats.syncPartialOk)
                .field("sync_partial_err", stats.syncPartialErr)
                .field("expired_keys", stats.expiredKeys)
                .field("expired_subkeys", stats.expiredFields)
                .field("expired_stale_perc", 0.0, 2)
                .field("expired_time_cap_reached_count", 0)
                .field("expire_cycle_cpu_milliseconds", stats.expireCycleMicros / 1000)
                .field("evicted_keys", stats.evictedKeys)
                .field("evicted_clients", stats.evictedClients)
                .field("total_eviction_exceeded_time", 0)
                .field("current_eviction_exceeded_time", 0)
                .field("keyspace_hits", stats.keyspaceHits)
                .field("keyspace_misses", stats.keyspaceMisses)
                .field("pubsub_channels", pubSub.all(SubscriptionKind.CHANNEL).size())
                .field("pubsub_patterns", pubSub.all(SubscriptionKind.PATTERN).size())
                .field("pubsubshard_channels", pubSub.all(SubscriptionKind.SHARD_CHANNEL).size())
                .field("latest_fork_usec", stats.latestForkMicros)
                .field("total_forks", stats.totalForks)
                .field("migrate_cached_sockets", server.migrations().connectionCount())
                .field("slave_expires_tracked_keys", 0)
                .field("active_defrag_hits", 0)
                .field("active_defrag_misses", 0)
                .field("active_defrag_key_hits", 0)
                .field("active_defrag_key_misses", 0)
                .field("total_active_defrag_time", 0)
                .field("current_active_defrag_time", 0)
                .field("tracking_total_keys", server.tracking().keyCount())
                .field("tracking_total_items", server.tracking().itemCount())
                .field("tracking_total_prefixes", server.tracking().prefixCount())
                .field("unexpected_error_replies", stats.unexpectedErrorReplies)
                .field("total_error_replies", stats.totalErrorReplies)
                .field("dump_payload_sanitizations", 0)
                .field("total_reads_processed", stats.totalReadsProcessed)
                .field("total_writes_processed", stats.totalWritesProcessed)
                .field("io_threaded_reads_processed", 0)
                .field("io_threaded_writes_processed", 0)
                .field(
                        "client_query_buffer_limit_disconnections",
                        stats.clientQueryBufferLimitDisconnections)
                .field(
                        "client_output_buffer_limit_disconnections",
                        stats.clientOutputBufferLimitDisconnections)
                .field("reply_buffer_shrinks", 0)
                .field("reply_buffer_expands", 0)
                .field("eventloop_cycles", stats.batches)
                .field("eventloop_duration_sum", stats.batchNanos / 1000)
                .field("eventloop_duration_cmd_sum", (stats.batchNanos - stats.cronNanos) / 1000)
                .field("instantaneous_eventloop_cycles_per_sec", rate.batchesPerSecond())
                .field("instantaneous_eventloop_duration_usec", rate.batchMicros())
                .field("acl_access_denied_auth", stats.deniedAuthentications)
                .field("acl_access_denied_cmd", stats.deniedCommands)
                .field("acl_access_denied_key", stats.deniedKeys)
                .field("acl_access_denied_channel", stats.deniedChannels);
    }

    /** What Redis' own developers want to know; only if it is asked for by name. */
    void debug(InfoSection section) {
        Stats stats = server.stats();
        section.field("eventloop_duration_aof_sum", stats.aofNanos / 1000)
                .field("eventloop_duration_cron_sum", stats.cronNanos / 1000)
                .field("eventloop_duration_max", stats.longestBatchNanos / 1000)
                .field("eventloop_cmd_per_cycle_max", stats.mostCommandsPerBatch);
    }

    void keyspace(InfoSection section) {
        Keyspace keyspace = server.keyspace();
        for (int number = 0; number < keyspace.databases(); number++) {
            Database db = keyspace.database(number);
            if (db.size() > 0) {
                section.field(
                        "db" + number,
                        "keys="
                                + db.size()
                                + ",expires="
                                + db.volatileCount()
                                + ",avg_ttl="
                                + db.averageTtl(server.clock().millis())
                                + subexpiry(db));
            }
        }
    }

    /** How many hashes have fields with deadlines: Redis 7.4's field, there only where there is something to say. */
    private static String subexpiry(Database db) {
        long count = db.volatileFieldsCount();
        return count == 0 ? "" : ",subexpiry=" + count;
    }
}
