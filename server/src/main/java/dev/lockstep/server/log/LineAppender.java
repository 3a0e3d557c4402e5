package dev.lockstep.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.lockstep.server.process.ProcessFacts;
import java.nio.charset.StandardCharsets;

/** The one logback appender: formats an event and writes it, one thread at a time. */
final class LineAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private final LogLine line = new LogLine(ProcessFacts.pid());
    private LogOutput output = LogOutput.standardOutput();

    @Override
    protected synchronized void append(ILoggingEvent event) {
        write(line.format(event, ServerLog.roleOfThisThread()));
    }

    synchronized void write(CharSequence text) {
        output.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    synchronized void output(LogOutput replacement) {
        output.close();
        output = replacement;
    }
}
