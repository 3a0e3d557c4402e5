package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.alias;

import java.util.List;

/** What is recorded about the commands that run, and what is told of them. */
public final class MonitoringSettings extends SettingGroup {
    /** Microseconds from which a command is slow; 0 logs all, -1 none. */
    public final LongSetting slowlogLogSlowerThan =
            bigNumber("slowlog-log-slower-than", 10_000, -1, LONG_MAX);

    public final LongSetting slowlogMaxLen = bigNumber("slowlog-max-len", 128, 0, LONG_MAX);
    public final BooleanSetting latencyTracking = bool("latency-tracking", true);
    public final PercentilesSetting latencyTrackingInfoPercentiles =
            declare(
                    new PercentilesSetting(
                            "latency-tracking-info-percentiles", List.of(50.0, 99.0, 99.9)));

    /** Milliseconds from which an event is on record for LATENCY; 0 for none. */
    public final LongSetting latencyMonitorThreshold =
            bigNumber("latency-monitor-threshold", 0, 0, LONG_MAX);

    public final KeyspaceEventsSetting notifyKeyspaceEvents =
            declare(new KeyspaceEventsSetting("notify-keyspace-events"));

    /** Milliseconds for which a script may run before others are told that the server is busy; 0 for ever. */
    public final LongSetting busyReplyThreshold =
            bigNumber("busy-reply-threshold", 5000, 0, LONG_MAX, alias("lua-time-limit"));

    MonitoringSettings() {
        super("Monitoring");
    }
}
