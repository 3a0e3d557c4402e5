package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.EMPTY_IS_UNSET;
import static dev.lockstep.server.config.Trait.HIDDEN;
import static dev.lockstep.server.config.Trait.IMMUTABLE;
import static dev.lockstep.server.config.Trait.clamped;
import static dev.lockstep.server.config.Trait.unused;

import dev.lockstep.server.log.LogLevel;
import java.util.List;
import java.util.Set;

/** The process: how it starts, logs and stops, and how often it does its periodic work. */
public final class GeneralSettings extends SettingGroup {
    /** Who started the server and wants to know when it is ready. */
    public enum Supervision {
        UPSTART,
        SYSTEMD,
        AUTO,
        NO
    }

    enum SyslogFacility {
        USER,
        LOCAL0,
        LOCAL1,
        LOCAL2,
        LOCAL3,
        LOCAL4,
        LOCAL5,
        LOCAL6,
        LOCAL7
    }

    /** Redis keeps "yes" as the older word for "relative"; CONFIG GET answers the older one. */
    public enum OomScoreAdjustment {
        NO,
        YES,
        RELATIVE,
        ABSOLUTE
    }

    private static final String TITLE = "{title} {listen-addr} {server-mode}";
    private static final Set<String> TITLE_VARIABLES =
            Set.of(
                    "title",
                    "listen-addr",
                    "server-mode",
                    "port",
                    "tls-port",
                    "unixsocket",
                    "config-file");

    private static final Trait NO_SYSLOG = unused("logs go to the standard output or to logfile");
    private static final Trait NO_PINNING =
            unused("a JVM can't pin its threads to CPUs; start it under taskset");
    private static final Trait NO_CRASH_HANDLER =
            unused("the JVM writes its own report of a crash");

    public final BooleanSetting daemonize = bool("daemonize", false, IMMUTABLE);
    public final TextSetting pidFile = text("pidfile", "", IMMUTABLE, EMPTY_IS_UNSET);
    public final ChoiceSetting<LogLevel> logLevel = choice("loglevel", LogLevel.NOTICE);

    /** Empty for the standard output. Relative to {@code dir}. */
    public final TextSetting logFile = text("logfile", "", IMMUTABLE);

    public final IntSetting databases = number("databases", 16, 1, INT_MAX, IMMUTABLE);

    /** Passes per second over the periodic work, 1 to 500. */
    public final IntSetting hz = number("hz", 10, 0, INT_MAX, clamped(1, 500));

    public final BooleanSetting dynamicHz =
            bool(
                    "dynamic-hz",
                    true,
                    unused("periodic work is sliced by time, whatever the number of clients"));
    public final ShutdownFlagsSetting shutdownOnSigint =
            declare(new ShutdownFlagsSetting("shutdown-on-sigint"));
    public final ShutdownFlagsSetting shutdownOnSigterm =
            declare(new ShutdownFlagsSetting("shutdown-on-sigterm"));

    /** Seconds to wait for replicas to catch up before a shutdown. */
    public final IntSetting shutdownTimeout = number("shutdown-timeout", 10, 0, INT_MAX);

    public final ChoiceSetting<Supervision> supervised =
            choice("supervised", Supervision.NO, IMMUTABLE);
    public final BooleanSetting crashLogEnabled = bool("crash-log-enabled", true);

    /** Milliseconds without a sign of life after which the executor's stack is logged; 0 for never. */
    public final IntSetting watchdogPeriod = number("watchdog-period", 0, 0, INT_MAX, HIDDEN);

    /** Whether idle time after the start is used to have the JVM compile hot code. Lockstep's own. */
    public final BooleanSetting jitWarmUp = bool("jit-warmup", true);

    public final BooleanSetting alwaysShowLogo = bool("always-show-logo", false, IMMUTABLE);

    {
        bool("set-proc-title", true, IMMUTABLE, unused("a JVM can't rename its process"));
        checkedText(
                "proc-title-template",
                TITLE,
                GeneralSettings::reasonAgainstTitle,
                unused("a JVM can't rename its process"));
        bool("syslog-enabled", false, IMMUTABLE, NO_SYSLOG);
        text("syslog-ident", "redis", IMMUTABLE, NO_SYSLOG);
        choice("syslog-facility", SyslogFacility.LOCAL0, IMMUTABLE, NO_SYSLOG);
        bool("crash-memcheck-enabled", true, NO_CRASH_HANDLER);
        bool("use-exit-on-panic", false, HIDDEN, NO_CRASH_HANDLER);
        text("ignore-warnings", "", unused("none of the warnings it would silence exists"));
        text("locale-collate", "", unused("nothing compares by locale"));
        text("server_cpulist", "", IMMUTABLE, EMPTY_IS_UNSET, NO_PINNING);
        text("bio_cpulist", "", IMMUTABLE, EMPTY_IS_UNSET, NO_PINNING);
        text("aof_rewrite_cpulist", "", IMMUTABLE, EMPTY_IS_UNSET, NO_PINNING);
        text("bgsave_cpulist", "", IMMUTABLE, EMPTY_IS_UNSET, NO_PINNING);
        bool(
                "disable-thp",
                true,
                IMMUTABLE,
                unused("the JVM's -XX:UseTransparentHugePages decides"));
        bool(
                "activerehashing",
                true,
                unused("the index grows one segment at a time and never rehashes"));
        bool("jemalloc-bg-thread", true, unused("memory comes from the JVM's heap"));
        text("debug-context", "", HIDDEN, unused("it only labels a crash report"));
        text("availability-zone", "", HIDDEN, unused("Valkey's, which only tells clients of it"));
        number(
                "prefetch-batch-max-size",
                16,
                0,
                128,
                HIDDEN,
                unused(
                        "Valkey's: all requests of a turn of the event loop are looked up together"));
        bool(
                "extended-redis-compatibility",
                false,
                HIDDEN,
                unused("Valkey's, which tells clients that it is Redis"));
        bool(
                "hide-user-data-from-log",
                false,
                HIDDEN,
                unused("the log has none of it, but for what a command or its error names"));
        bool(
                "enable-debug-assert",
                false,
                IMMUTABLE,
                HIDDEN,
                unused("the JVM's -ea turns assertions on"));
    }

    public final ChoiceSetting<OomScoreAdjustment> oomScoreAdj =
            declare(
                    new ChoiceSetting<>("oom-score-adj", OomScoreAdjustment.NO) {
                        @Override
                        OomScoreAdjustment parse(List<String> arguments)
                                throws InvalidValueException {
                            OomScoreAdjustment parsed = super.parse(arguments);
                            return parsed == OomScoreAdjustment.RELATIVE
                                    ? OomScoreAdjustment.YES
                                    : parsed;
                        }
                    });

    public final OomScoresSetting oomScores =
            declare(new OomScoresSetting("oom-score-adj-values", List.of(0, 200, 800)));

    GeneralSettings() {
        super("General");
    }

    /** A title's variables must be known, its braces closed, and something must be left of it. */
    private static String reasonAgainstTitle(String template) {
        StringBuilder title = new StringBuilder();
        int at = 0;
        while (at < template.length()) {
            char c = template.charAt(at++);
            if (c != '{' || template.startsWith("{", at)) {
                title.append(c);
                at += c == '{' ? 1 : 0;
                continue;
            }
            int end = template.indexOf('}', at);
            String variable = end < 0 ? "" : template.substring(at, end);
            if (!TITLE_VARIABLES.contains(variable)) {
                return "template format is invalid or contains unknown variables";
            }
            title.append(variable.equals("title") ? "" : variable);
            at = end + 1;
        }
        return title.isEmpty() ? "template format is invalid or contains unknown variables" : null;
    }
}
