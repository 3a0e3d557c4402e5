package dev.lockstep.server;

import dev.lockstep.server.info.MemoryUsage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what all clients' buffers take together within {@code maxmemory-clients}, by closing the largest. Executor only.
 *
 * <p>Masters, replicas and those that chose CLIENT NO-EVICT neither count nor are closed.
 */
final class ClientEviction {
    private static final Logger LOG = LoggerFactory.getLogger(ClientEviction.class);

    /** A lower limit would lock everybody out, the one who could raise it too. */
    private static final long LIMIT_BYTES_MIN = 128 * 1024;

    private final LockstepServer server;

    ClientEviction(LockstepServer server) {
        this.server = server;
    }

    void everyTick() {
        long limit = limit();
        if (limit == 0) {
            return;
        }
        List<Client> candidates = new ArrayList<>();
        long sum = 0;
        for (Client client : server.clients().all()) {
            if (!client.noEvict && !client.isMaster && !client.isReplica && !client.closed) {
                candidates.add(client);
                sum += MemoryUsage.of(client);
            }
        }
        if (sum <= limit) {
            return;
        }
        candidates.sort(Comparator.comparingLong(MemoryUsage::of));
        for (int i = candidates.size() - 1; i >= 0 && sum > limit; i--) {
            Client largest = candidates.get(i);
            sum -= MemoryUsage.of(largest);
            LOG.info("Evicting client: {}", server.clients().describe(largest));
            server.stats().evictedClients++;
            server.clients().close(largest);
        }
    }

    /** In bytes; 0 for none. */
    private long limit() {
        long whole = server.config().memory.maxMemory.bytes();
        long bytes = server.config().clients.maxMemoryClients.bytesOf(whole);
        return bytes == 0 ? 0 : Math.max(bytes, LIMIT_BYTES_MIN);
    }
}
