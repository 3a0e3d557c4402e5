package dev.lockstep.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import dev.lockstep.server.process.Daemon;
import dev.lockstep.server.process.StartupFailure;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * The process' log: where lines go, which levels pass, and which role they show.
 *
 * <p>{@link #bootstrap()} must run before anything else asks slf4j for a logger; from then on lines at
 * notice or above go to standard output, until {@link #start} gives the configured level and file. Own
 * loggers (below {@code dev.lockstep}) follow {@code loglevel}; those of libraries show warnings only.
 *
 * <p>All methods may be called from any thread.
 */
public final class ServerLog {
    /** A master's role mark. */
    public static final char MASTER = 'M';

    /** A replica's role mark. */
    public static final char REPLICA = 'S';

    /** The mark of a starting process, and of work that Redis leaves to a forked child. */
    public static final char CHILD = 'C';

    /** Warns of every client that is gone before it was told so: anybody could fill the log. */
    private static final String GOODBYES = "io.netty.handler.ssl.SslHandler";

    private static final ThreadLocal<Boolean> CHILD_THREAD = new ThreadLocal<>();
    private static volatile char role = CHILD;
    private static volatile ThreadGroup silenced;
    private static volatile LogLevel level = LogLevel.NOTICE;
    private static LineAppender appender;

    private ServerLog() {}

    /** Binds slf4j to this log without any class path scan; call first thing in {@code main}. */
    public static void bootstrap() {
        System.setProperty("slf4j.internal.verbosity", "WARN");
        System.setProperty("slf4j.provider", LogbackProvider.class.getName());
        LoggerFactory.getILoggerFactory();
    }

    /**
     * Applies the configured level and output.
     *
     * @param levelName a value of {@code loglevel}, in any case
     * @param logfile a path, resolved by the caller if {@code dir} matters to it; empty for standard
     *     output, or for nowhere in a daemon
     * @throws StartupFailure if the file can't be opened for appending
     */
    public static void start(String levelName, String logfile) throws StartupFailure {
        level(levelName);
        try {
            appender().output(open(logfile));
        } catch (IOException refused) {
            throw new StartupFailure("Can't open the log file: " + refused.getMessage());
        }
    }

    private static LogOutput open(String logfile) throws IOException {
        if (!logfile.isEmpty()) {
            return LogOutput.file(new File(logfile));
        }
        return Daemon.isChild() ? LogOutput.nowhere() : LogOutput.standardOutput();
    }

    /**
     * Changes the level at run time.
     *
     * @throws IllegalArgumentException if {@code levelName} isn't a value of {@code loglevel}
     */
    public static void level(String levelName) {
        level = LogLevel.of(levelName);
        apply((LoggerContext) LoggerFactory.getILoggerFactory());
    }

    /** The level now in force, as {@code CONFIG GET loglevel} shows it. */
    public static String level() {
        return level.name().toLowerCase(Locale.ROOT);
    }

    /** Logs {@code text} as it is, without a line's usual beginning, where a notice would be logged. */
    static void raw(String text) {
        if (level.threshold.levelInt <= Level.INFO_INT) {
            appender().write(text);
        }
    }

    /** Sets the mark that lines show from now on: {@link #MASTER}, {@link #REPLICA} or {@link #CHILD}. */
    public static void role(char mark) {
        if (!isSilenced()) {
            role = mark;
        }
    }

    /** Lines of the calling thread show {@link #CHILD} from now on, as a forked saving child's would. */
    public static void childThread() {
        CHILD_THREAD.set(Boolean.TRUE);
    }

    /** Nothing that the threads of a group do is logged or shown from now on; with null, everything is again. */
    public static void silence(ThreadGroup group) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        silenced = group;
        context.resetTurboFilterList();
        if (group != null) {
            context.addTurboFilter(new Silence());
        }
    }

    private static boolean isSilenced() {
        ThreadGroup group = silenced;
        return group != null && Thread.currentThread().getThreadGroup() == group;
    }

    private static final class Silence extends TurboFilter {
        @Override
        public FilterReply decide(
                Marker marker,
                Logger logger,
                Level level,
                String format,
                Object[] arguments,
                Throwable thrown) {
            return isSilenced() ? FilterReply.DENY : FilterReply.NEUTRAL;
        }
    }

    static char roleOfThisThread() {
        return CHILD_THREAD.get() != null ? CHILD : role;
    }

    static synchronized void configure(LoggerContext context) {
        context.setMaxCallerDataDepth(0);
        appender = new LineAppender();
        appender.setContext(context);
        appender.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
        apply(context);
    }

    private static synchronized LineAppender appender() {
        return appender;
    }

    private static void apply(LoggerContext context) {
        Level own = level.threshold;
        Level libraries = own.isGreaterOrEqual(Level.WARN) ? own : Level.WARN;
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(libraries);
        context.getLogger("dev.lockstep").setLevel(own);
        context.getLogger(GOODBYES).setLevel(own.isGreaterOrEqual(Level.ERROR) ? own : Level.ERROR);
    }

    /** What a client has sent, one character for each byte, as the log shows it: its UTF-8, or the bytes if it is none. */
    public static String text(String bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            return bytes;
        }
    }
}
