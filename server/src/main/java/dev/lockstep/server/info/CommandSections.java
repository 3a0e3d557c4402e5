package dev.lockstep.server.info;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandStats;
import dev.lockstep.server.config.PercentilesSetting;
import java.util.Locale;
import java.util.function.Consumer;

/** INFO commandstats, errorstats and latencystats: a line for each command that was called, or error that was replied. */
final class CommandSections {
    private static final double NANOS_PER_MICRO = 1000.0;

    private final LockstepServer server;

    CommandSections(LockstepServer server) {
        this.server = server;
    }

    private void forEach(Consumer<Command> action) {
        for (Command command : server.commands().all()) {
            action.accept(command);
            command.subcommands().forEach(action);
        }
    }

    void calls(InfoSection section) {
        forEach(command -> calls(section, command));
    }

    private static void calls(InfoSection section, Command command) {
        CommandStats stats = command.stats;
        if (stats.calls + stats.failedCalls + stats.rejectedCalls == 0) {
            return;
        }
        double micros = stats.nanos / NANOS_PER_MICRO;
        section.field(
                "cmdstat_" + command.fullName(),
                String.format(
                        Locale.ROOT,
                        "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
                        stats.calls,
                        (long) micros,
                        stats.calls == 0 ? 0 : micros / stats.calls,
                        stats.rejectedCalls,
                        stats.failedCalls));
    }

    void errors(InfoSection section) {
        server.stats()
                .errors()
                .forEach(
                        error ->
                                section.field(
                                        "errorstat_" + error.getKey(),
                                        "count=" + error.getValue()[0]));
    }

    void latencies(InfoSection section) {
        forEach(command -> latency(section, command));
    }

    private void latency(InfoSection section, Command command) {
        if (!command.stats.hasLatency()) {
            return;
        }
        StringBuilder percentiles = new StringBuilder();
        for (double percent : server.config().monitoring.latencyTrackingInfoPercentiles.get()) {
            percentiles.append(percentiles.isEmpty() ? "p" : ",p");
            percentiles.append(PercentilesSetting.format(percent));
            double micros = command.stats.percentileNanos(percent) / NANOS_PER_MICRO;
            percentiles.append(String.format(Locale.ROOT, "=%.3f", micros));
        }
        section.field("latency_percentiles_usec_" + command.fullName(), percentiles.toString());
    }
}
