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
 * <p>A sum follows the clients as their buffers change; when it is past the limit, the largest go before the next command
 * is executed, or as soon as the event loop comes to it. What a socket has taken since is not seen at once: all clients are
 * counted anew before one is closed, and at every tick.
 *
 * <p>Masters, replicas, those that chose CLIENT NO-EVICT and those that are about to be closed for their output neither
 * count nor are closed.
 */
final class ClientEviction {
    private static final Logger LOG = LoggerFactory.getLogger(ClientEviction.class);

    /** A lower limit would lock everybody out, the one who could raise it too. */
    private static final long LIMIT_BYTES_MIN = 128 * 1024;

    private final LockstepServer server;
    private final Runnable evict = this::evict;

    /** In bytes; 0 for none. */
    private long limit;

    private long sum;
    private boolean due;

    ClientEviction(LockstepServer server) {
        this.server = server;
    }

    /** The setting, or maxmemory of which it may be a share, has changed. */
    void limitChanged() {
        long whole = server.config().memory.maxMemory.bytes();
        long bytes = server.config().clients.maxMemoryClients.bytesOf(whole);
        limit = bytes == 0 ? 0 : Math.max(bytes, LIMIT_BYTES_MIN);
        everyTick();
    }

    void everyTick() {
        if (limit > 0) {
            count();
            evictSoonIfOver();
        }
    }

    /** A client's buffers, or what else it keeps here, have grown or shrunk. */
    void changed(Client client) {
        if (limit > 0) {
            count(client);
            evictSoonIfOver();
        }
    }

    void disconnected(Client client) {
        sum -= client.countedBytes;
        client.countedBytes = 0;
    }

    /** Whether clients must be closed before the next command. */
    boolean isDue() {
        return due;
    }

    private void evictSoonIfOver() {
        if (sum > limit && !due) {
            due = true;
            server.executor().submit(evict);
        }
    }

    private void count() {
        for (Client client : server.clients().all()) {
            count(client);
        }
    }

    private void count(Client client) {
        long bytes = isCounted(client) ? MemoryUsage.of(client) : 0;
        sum += bytes - client.countedBytes;
        client.countedBytes = bytes;
    }

    private static boolean isCounted(Client client) {
        return !client.noEvict
                && !client.isMaster
                && !client.isReplica
                && !client.overLimit
                && !client.closed;
    }

    /** Closes the largest clients until the rest is within the limit. */
    void evict() {
        if (!due) {
            return;
        }
        due = false;
        count();
        if (limit == 0 || sum <= limit) {
            return;
        }
        List<Client> candidates = new ArrayList<>(server.clients().all());
        candidates.sort(Comparator.comparingLong(client -> -client.countedBytes));
        for (Client largest : candidates) {
            if (sum <= limit || largest.countedBytes == 0) {
                return;
            }
            LOG.info("Evicting client: {}", server.clients().describe(largest));
            server.stats().evictedClients++;
            server.clients().close(largest);
        }
    }
}
