package dev.lockstep.server.config;

/** How many clients there may be and what each may use. */
public final class ClientSettings extends SettingGroup {
    public final LongSetting maxClients = bigNumber("maxclients", 10000, 1, UINT_MAX);
    public final OutputBufferLimitsSetting outputBufferLimit =
            declare(new OutputBufferLimitsSetting("client-output-buffer-limit"));
    public final MemorySetting queryBufferLimit =
            memory("client-query-buffer-limit", 1024 * MB, MB, LONG_MAX);
    public final MemorySetting protoMaxBulkLen =
            memory("proto-max-bulk-len", 512 * MB, MB, LONG_MAX);

    /** What all clients may use together, 0 for no limit, or a share of {@code maxmemory}. */
    public final ShareSetting maxMemoryClients = declare(new ShareSetting("maxmemory-clients", 0));

    /** How many keys are remembered at most that clients have in their caches; 0 for no limit. */
    public final LongSetting trackingTableMaxKeys =
            bigNumber("tracking-table-max-keys", 1_000_000, 0, LONG_MAX);

    ClientSettings() {
        super("Clients");
    }
}
