package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.LatencyMonitor;
import dev.lockstep.server.LatencyMonitor.Sample;
import dev.lockstep.server.LatencyMonitor.Series;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** LATENCY: what took long, and how long commands take. */
final class LatencyCommands {
    private static final String GROUP = "server";
    private static final Flag[] FLAGS = {Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};
    private static final String[] REPORT_TIPS = {
        "nondeterministic_output", "request_policy:all_nodes", "response_policy:special"
    };
    private static final int FIRST_BUCKET_NANOS = 1024;

    private LatencyCommands() {}

    static void register(CommandTable table) {
        Command latency = container("latency").arity(-2);
        latency.docs(
                GROUP, "2.8.13", "Depends on subcommand.", "Holds the commands about latency.");
        latency.sub(
                report("doctor", 2, LatencyCommands::doctor)
                        .docs(GROUP, "2.8.13", "O(1)", "Says what the events on record mean."),
                report("graph", 3, LatencyCommands::graph)
                        .docs(GROUP, "2.8.13", "O(1)", "Draws the events of a kind over time.")
                        .syntax("event"),
                report("history", 3, LatencyCommands::history)
                        .docs(GROUP, "2.8.13", "O(1)", "Returns the events of a kind over time.")
                        .syntax("event"),
                report("latest", 2, LatencyCommands::latest)
                        .docs(GROUP, "2.8.13", "O(1)", "Returns the newest event of each kind."),
                report("histogram", -2, LatencyCommands::histogram)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) where N is the number of commands with latency information being retrieved.",
                                "Returns how many executions of commands took how long.")
                        .syntax("[command ...]"),
                command("reset", LatencyCommands::reset)
                        .arity(-2)
                        .flags(FLAGS)
                        .tips("request_policy:all_nodes", "response_policy:agg_sum")
                        .docs(GROUP, "2.8.13", "O(1)", "Forgets events.")
                        .syntax("[event ...]"),
                Help.of(
                        "latency",
                        GROUP,
                        "2.8.13",
                        "DOCTOR",
                        "Return a report for people.",
                        "GRAPH <event>",
                        "Return a drawing of the events of a kind.",
                        "HISTORY <event>",
                        "Return time and duration of the events of a kind.",
                        "LATEST",
                        "Return the newest event of each kind.",
                        "RESET [<event> ...]",
                        "Forget the events of these kinds (default: of all).",
                        "HISTOGRAM [COMMAND ...]",
                        "Return how many executions of commands took how long, added up\n"
                                + "(default: of all commands)."));
        table.add(latency);
    }

    private static Command report(String name, int arity, Command.Handler handler) {
        return command(name, handler).arity(arity).flags(FLAGS).tips(REPORT_TIPS);
    }

    private static LatencyMonitor monitor(Call call) {
        return call.server().latency();
    }

    private static void latest(Call call) {
        Map<String, Series> all = monitor(call).series();
        call.reply().array(all.size());
        all.forEach(
                (event, series) -> {
                    call.reply().array(4);
                    call.reply().bulk(event);
                    call.reply().integer(series.last().unixSeconds());
                    call.reply().integer(series.last().millis());
                    call.reply().integer(series.worstMillis());
                });
    }

    private static void history(Call call) {
        Series series = monitor(call).series().get(call.args().text(2));
        if (series == null) {
            call.reply().emptyArray();
            return;
        }
        List<Sample> samples = series.samples();
        call.reply().array(samples.size());
        for (Sample sample : samples) {
            call.reply().array(2);
            call.reply().integer(sample.unixSeconds());
            call.reply().integer(sample.millis());
        }
    }

    private static void graph(Call call) {
        String event = call.args().text(2);
        Series series = monitor(call).series().get(event);
        if (series == null) {
            throw new CommandException("ERR No samples available for event '" + event + "'");
        }
        text(call, LatencyGraph.of(event, series, call.now() / 1000));
    }

    private static void doctor(Call call) {
        long threshold = call.server().config().monitoring.latencyMonitorThreshold.get();
        StringBuilder text = new StringBuilder();
        if (threshold == 0) {
            text.append(
                    "Latency monitoring is disabled. CONFIG SET latency-monitor-threshold <milliseconds> enables it.\n");
        } else if (monitor(call).series().isEmpty()) {
            text.append("Nothing has taken longer than ").append(threshold).append(" ms so far.\n");
        }
        monitor(call)
                .series()
                .forEach((event, series) -> text.append(LatencyGraph.summary(event, series)));
        if (monitor(call).series().containsKey(LatencyMonitor.COMMAND)) {
            text.append("SLOWLOG GET tells which commands were slow.\n");
        }
        if (monitor(call).series().containsKey(LatencyMonitor.FAST_COMMAND)) {
            text.append(
                    "Fast commands were slow: look for a busy machine, for swapping, and for long pauses of the JVM.\n");
        }
        text(call, text.toString());
    }

    private static void text(Call call, String text) {
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.UTF_8));
    }

    private static void reset(Call call) {
        Map<String, Series> all = monitor(call).series();
        Request args = call.args();
        int count = 0;
        if (args.argc() == 2) {
            count = all.size();
            all.clear();
        }
        for (int i = 2; i < args.argc(); i++) {
            count += all.remove(args.text(i)) == null ? 0 : 1;
        }
        call.reply().integer(count);
    }

    // ---- the distribution of durations ----

    private static void histogram(Call call) {
        List<Command> chosen = chosen(call);
        call.reply().map(chosen.size());
        for (Command command : chosen) {
            call.reply().bulk(command.fullName());
            call.reply().map(2);
            call.reply().bulk("calls");
            call.reply().integer(command.stats.latencyCount());
            call.reply().bulk("histogram_usec");
            buckets(call.reply(), command.stats);
        }
    }

    private static List<Command> chosen(Call call) {
        Request args = call.args();
        List<Command> chosen = new ArrayList<>();
        CommandTable table = call.server().commands();
        if (args.argc() == 2) {
            table.all().forEach(command -> choose(chosen, command));
        }
        for (int i = 2; i < args.argc(); i++) {
            String name = args.text(i).toLowerCase(Locale.ROOT);
            int bar = name.indexOf('|');
            Command command = table.find(bar < 0 ? name : name.substring(0, bar));
            if (command != null && bar >= 0) {
                command = command.subcommand(name.substring(bar + 1));
            }
            if (command != null) {
                choose(chosen, command);
            }
        }
        return chosen;
    }

    private static void choose(List<Command> chosen, Command command) {
        if (command.stats.hasLatency()) {
            chosen.add(command);
        }
        command.subcommands().forEach(sub -> choose(chosen, sub));
    }

    /** Microseconds and how many executions took no longer, for each power of two at which there are more. */
    private static void buckets(ReplyBuffer reply, CommandStats stats) {
        int mark = reply.deferMap();
        int count = 0;
        long before = 0;
        long total = stats.latencyCount();
        for (long nanos = FIRST_BUCKET_NANOS; before < total; nanos *= 2) {
            long now = stats.latencyCountBelow(nanos);
            if (now > before) {
                reply.integer((nanos + nanos / 128 - 1) / 1000);
                reply.integer(now);
                count++;
                before = now;
            }
        }
        reply.endMap(mark, count);
    }
}
