package dev.lockstep.server;

import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.config.Setting;
import dev.lockstep.server.log.ServerLog;
import dev.lockstep.server.process.OpenFilesLimit;
import dev.lockstep.server.process.ProcessFacts;
import dev.lockstep.server.process.StartupFailure;
import dev.lockstep.server.tls.TlsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has CONFIG SET take effect where something must be done for it; most settings are just read whenever they matter.
 *
 * <p>The listeners run on the executor and answer null, or why the change must be refused.
 */
final class LiveSettings {
    private static final Logger LOG = LoggerFactory.getLogger(LiveSettings.class);

    private static final String PORT_TAKEN = "Unable to listen on this port. Check server logs.";

    private final LockstepServer server;
    private final Configuration config;

    private LiveSettings(LockstepServer server) {
        this.server = server;
        this.config = server.config();
    }

    /** Applies the settings as they are, and from now on whenever they change. */
    static void follow(LockstepServer server) {
        LiveSettings live = new LiveSettings(server);
        Configuration config = server.config();
        live.maxBulkLength();
        live.maxMemoryClients();
        config.network.ioTransport.onChange(live::transport);
        config.network.port.onChange(live::port);
        config.network.bind.onChange(live::bind);
        config.tls.port.onChange(live::tlsPort);
        for (Setting<?> setting : config.tls.ofContexts()) {
            setting.onChange(live::tls);
        }
        config.clients.maxClients.onChange(live::maxClients);
        config.clients.protoMaxBulkLen.onChange(live::maxBulkLength);
        config.clients.maxMemoryClients.onChange(live::maxMemoryClients);
        config.security.requirePass.onChange(live::requirePass);
        config.general.logLevel.onChange(live::logLevel);
        config.general.watchdogPeriod.onChange(live::watchdogPeriod);
        server.oomScore().apply();
        config.general.oomScoreAdj.onChange(server.oomScore()::apply);
        config.general.oomScores.onChange(server.oomScore()::apply);
        config.memory.maxMemory.onChange(live::maxMemory);
        config.encodings.hashMaxListpackEntries.onChange(live::encodings);
        config.encodings.hashMaxListpackValue.onChange(live::encodings);
        config.encodings.listMaxListpackSize.onChange(live::encodings);
        config.encodings.setMaxIntsetEntries.onChange(live::encodings);
        config.encodings.setMaxListpackEntries.onChange(live::encodings);
        config.encodings.setMaxListpackValue.onChange(live::encodings);
        config.encodings.zsetMaxListpackEntries.onChange(live::encodings);
        config.encodings.zsetMaxListpackValue.onChange(live::encodings);
        config.encodings.streamNodeMaxBytes.onChange(live::encodings);
        config.encodings.streamNodeMaxEntries.onChange(live::encodings);
    }

    private String encodings() {
        server.keyspace().encodingLimits(server.encodingLimits());
        return null;
    }

    private String transport() {
        LOG.info("The new io-transport takes effect at the next start: CONFIG REWRITE keeps it.");
        return null;
    }

    private interface Rebinding {
        void run() throws StartupFailure;
    }

    /** Returns null, or the refusal if other sockets can't be opened: the log says why. */
    private static String rebind(Rebinding rebinding, String refusal) {
        try {
            rebinding.run();
            return null;
        } catch (StartupFailure e) {
            LOG.warn("{}", e.getMessage());
            return refusal;
        }
    }

    private String port() {
        return rebind(server.listeners()::rebind, PORT_TAKEN);
    }

    private String bind() {
        return rebind(
                () -> {
                    server.listeners().rebind();
                    server.listeners().rebindTls();
                },
                "Failed to bind to specified addresses.");
    }

    private String tlsPort() {
        boolean needsFiles = config.tls.port.get() != 0 && !server.tls().isConfigured();
        String refusal = needsFiles ? tls() : null;
        return refusal != null ? refusal : rebind(server.listeners()::rebindTls, PORT_TAKEN);
    }

    /** Connections that stand keep what they have. */
    private String tls() {
        if (config.tls.isUsed()) {
            try {
                server.tls().configure();
            } catch (TlsException e) {
                LOG.warn("{}", e.getMessage());
                return "Unable to update TLS configuration. Check server logs.";
            }
        }
        return null;
    }

    private String maxClients() {
        int wanted = (int) Math.min(Integer.MAX_VALUE, config.clients.maxClients.get());
        int most =
                OpenFilesLimit.mostClients(
                        wanted,
                        server.config().network.ioThreads.get(),
                        ProcessFacts.maxOpenFiles());
        return most == wanted
                ? null
                : "The operating system is not able to handle the specified number of clients, try with "
                        + most;
    }

    private String maxMemoryClients() {
        server.clients().eviction().limitChanged();
        return null;
    }

    private String maxBulkLength() {
        server.executor().requestLimits().setMaxBulkLength(config.clients.protoMaxBulkLen.bytes());
        return null;
    }

    /** Who is in stays in. */
    private String requirePass() {
        server.acl().users().requirePassChanged();
        return null;
    }

    private String logLevel() {
        ServerLog.level(config.general.logLevel.text());
        return null;
    }

    private String watchdogPeriod() {
        server.cron().watchdogPeriodChanged();
        return null;
    }

    private String maxMemory() {
        long limit = config.memory.maxMemory.bytes();
        String refusal = server.memory().refusal(limit);
        if (refusal != null) {
            return refusal;
        }
        if (limit > 0 && limit < server.memory().used()) {
            LOG.warn(
                    "WARNING: the new maxmemory value set via CONFIG SET ({}) is smaller than the current memory usage"
                            + " ({}). This will result in key eviction and/or the inability to accept new write commands"
                            + " depending on the maxmemory-policy.",
                    limit,
                    server.memory().used());
            server.executor().submit(server.memory()::evictInBackground);
        }
        return maxMemoryClients();
    }
}
