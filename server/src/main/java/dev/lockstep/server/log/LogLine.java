package dev.lockstep.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.time.LocalDate;
import java.util.TimeZone;

/**
 * Formats one log event as Redis does: {@code pid:role dd MMM yyyy HH:mm:ss.SSS mark message}.
 *
 * <p>The date is worked out by hand, not by a {@code DateTimeFormatter}: building one costs more start-up
 * time than everything else in the log together. The zone's offset is asked for once per quarter of an
 * hour, because no zone changes its offset inside one.
 *
 * <p>Not thread-safe: the appender calls it under its lock.
 */
final class LogLine {
    private static final String[] MONTHS = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    private static final long MILLIS_PER_DAY = 86_400_000L;
    private static final long MILLIS_PER_QUARTER = 900_000L;

    private final TimeZone zone = TimeZone.getDefault();
    private final StringBuilder line = new StringBuilder(256);
    private final long pid;
    private long quarter = Long.MIN_VALUE;
    private long offsetMillis;
    private long day = Long.MIN_VALUE;
    private String date;

    LogLine(long pid) {
        this.pid = pid;
    }

    /** The finished line, with its newline; a throwable follows on lines of its own. */
    CharSequence format(ILoggingEvent event, char role) {
        line.setLength(0);
        line.append(pid).append(':').append(role).append(' ');
        appendTime(event.getTimeStamp());
        line.append(' ').append(LogLevel.mark(event.getLevel())).append(' ');
        line.append(event.getFormattedMessage()).append('\n');
        for (IThrowableProxy thrown = event.getThrowableProxy();
                thrown != null;
                thrown = thrown.getCause()) {
            appendThrowable(thrown);
        }
        return line;
    }

    private void appendTime(long epochMillis) {
        if (Math.floorDiv(epochMillis, MILLIS_PER_QUARTER) != quarter) {
            quarter = Math.floorDiv(epochMillis, MILLIS_PER_QUARTER);
            offsetMillis = zone.getOffset(epochMillis);
        }
        long local = epochMillis + offsetMillis;
        if (Math.floorDiv(local, MILLIS_PER_DAY) != day) {
            day = Math.floorDiv(local, MILLIS_PER_DAY);
            date = date(LocalDate.ofEpochDay(day));
        }
        int millis = (int) Math.floorMod(local, MILLIS_PER_DAY);
        line.append(date).append(' ');
        appendPadded(millis / 3_600_000, 2).append(':');
        appendPadded(millis / 60_000 % 60, 2).append(':');
        appendPadded(millis / 1_000 % 60, 2).append('.');
        appendPadded(millis % 1_000, 3);
    }

    private static String date(LocalDate day) {
        return (day.getDayOfMonth() < 10 ? "0" : "")
                + day.getDayOfMonth()
                + ' '
                + MONTHS[day.getMonthValue() - 1]
                + ' '
                + day.getYear();
    }

    private StringBuilder appendPadded(int number, int digits) {
        if (digits == 3 && number < 100) {
            line.append('0');
        }
        if (number < 10) {
            line.append('0');
        }
        return line.append(number);
    }

    private void appendThrowable(IThrowableProxy thrown) {
        line.append(thrown.getClassName());
        if (thrown.getMessage() != null) {
            line.append(": ").append(thrown.getMessage());
        }
        line.append('\n');
        StackTraceElementProxy[] frames = thrown.getStackTraceElementProxyArray();
        for (int i = 0; i < frames.length - thrown.getCommonFrames(); i++) {
            line.append("    ").append(frames[i].getSTEAsString()).append('\n');
        }
    }
}
