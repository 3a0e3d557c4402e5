package dev.lockstep.server.aof;

import dev.lockstep.persistence.AofException;
import dev.lockstep.persistence.ReplicationPosition;
import dev.lockstep.protocol.ProtocolException;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestLimits;
import dev.lockstep.protocol.RequestParser;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.Command;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes the commands of one part of the append-only file. Executor only.
 *
 * <p>What is between MULTI and EXEC is executed when EXEC is there: {@link #validBytes} is the end of the last command that
 * doesn't belong to a transaction cut off, so the file can go on from there.
 */
final class AofReplay implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(AofReplay.class);
    private static final int BUFFER_BYTES = 128 * 1024;
    private static final int BUFFER_BYTES_MAX = Integer.MAX_VALUE - 64;
    private static final int COMMANDS_PER_LOOK_AT_THE_TIME = 32;

    /** How a part ends. */
    enum End {
        WHOLE,
        /** In the midst of a command or of a transaction, as when the power failed. */
        CUT_OFF
    }

    private final LockstepServer server;
    private final Client client;
    private final String name;
    private final FileChannel channel;
    private final RequestParser parser = new RequestParser(RequestLimits.none());
    private final Request request = new Request();

    private byte[] buffer = new byte[BUFFER_BYTES];

    /** What of the buffer was read from the file, and what of it is next. */
    private int filled;

    private int next;

    /** Where in the file the buffer begins. */
    private long bufferStart;

    private boolean atEnd;

    /** Where the transaction begins, in the buffer, whose EXEC has not been seen; or -1. */
    private int transactionStart = -1;

    private long validBytes;
    private ReplicationPosition position;

    /** Where the part before ended, until this one tells where it begins; or null. */
    private ReplicationPosition before;

    /** A part before has lost its end: no position is right any more. */
    private boolean hasGap;

    private End end;

    /**
     * @param from where the commands begin
     * @param before where the part before ended in a replication stream, or null
     */
    AofReplay(LockstepServer server, Path file, long from, ReplicationPosition before)
            throws IOException {
        this.before = before;
        this.server = server;
        name = file.getFileName().toString();
        client = new Client(0, null, server.clock().millis());
        client.isMaster = true; // it is to be obeyed, as a master is
        client.authenticated = true;
        channel = FileChannel.open(file, StandardOpenOption.READ);
        channel.position(from);
        bufferStart = from;
        validBytes = from;
    }

    /** How the part ends; null until it is read. */
    End end() {
        return end;
    }

    /** Where what was executed stands in a replication stream, or null if the file doesn't say. */
    ReplicationPosition position() {
        return hasGap ? null : position;
    }

    /** Whether what the power cut off at the end of the part before is missing. */
    boolean hasGap() {
        return hasGap;
    }

    /** How much of the file was executed. */
    long validBytes() {
        return validBytes;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /**
     * Executes commands for about so long, with 0 a single one; true if there are more.
     *
     * @throws AofException if the file holds something else than commands of this server
     */
    boolean run(long nanos) throws IOException {
        long started = System.nanoTime();
        int sinceLook = 0;
        while (end == null) {
            if (!step()) {
                refill();
            }
            if (nanos == 0 || ++sinceLook == COMMANDS_PER_LOOK_AT_THE_TIME) {
                sinceLook = 0;
                if (System.nanoTime() - started > nanos) {
                    return end == null;
                }
            }
        }
        return false;
    }

    /** Takes the next command or comment of the buffer; false if it isn't there in whole. */
    private boolean step() throws IOException {
        if (next == filled) {
            return false;
        }
        if (!parser.isWithinRequest() && buffer[next] == '#') {
            return skipComment();
        }
        if (buffer[next] != '*') {
            throw badFormat(next);
        }
        try {
            if (!parser.parse(buffer, next, filled, request)) {
                return false;
            }
        } catch (ProtocolException e) {
            throw badFormat(next);
        }
        int start = next;
        int argc = request.argc();
        if (argc == 0) {
            throw badFormat(start);
        }
        checkLineEnds(start);
        next = parser.next();
        take(start);
        return true;
    }

    private boolean skipComment() {
        for (int i = next; i < filled; i++) {
            if (buffer[i] == '\n') {
                int start = next;
                next = i + 1;
                if (transactionStart < 0) {
                    comment(start, i);
                    validBytes = bufferStart + next;
                }
                return true;
            }
        }
        return false;
    }

    private void comment(int start, int end) {
        String text = new String(buffer, start, end - start, StandardCharsets.ISO_8859_1);
        if (StreamMark.is(text)) {
            position = StreamMark.parse(text);
            hasGap |=
                    before != null
                            && position != null
                            && before.replId().equals(position.replId())
                            && before.offset() != position.offset();
            before = null;
        }
    }

    /** So many bytes of commands were executed. */
    private void passed(int bytes) {
        if (position != null) {
            position =
                    new ReplicationPosition(
                            position.replId(), position.offset() + bytes, position.streamDb());
        }
    }

    private void selected() {
        if (position != null) {
            position =
                    new ReplicationPosition(position.replId(), position.offset(), client.database);
        }
    }

    /** Clients need not end arguments properly; in a file that shows that bytes are missing or too many. */
    private void checkLineEnds(int start) throws AofException {
        for (int i = 0; i < request.argc(); i++) {
            int behind = request.offset(i) + request.length(i);
            if (buffer[behind] != '\r' || buffer[behind + 1] != '\n') {
                throw badFormat(start);
            }
        }
    }

    private void take(int start) throws AofException {
        if (transactionStart >= 0) {
            if (is("exec")) {
                executeTransaction();
            }
        } else if (is("multi")) {
            transactionStart = start;
        } else {
            execute();
            passed(next - start);
            validBytes = bufferStart + next;
        }
    }

    private boolean is(String word) {
        return request.argc() == 1 && request.text(0).equalsIgnoreCase(word);
    }

    private void executeTransaction() throws AofException {
        int end = next;
        RequestParser again = new RequestParser(RequestLimits.none());
        int at = transactionStart;
        transactionStart = -1;
        try {
            while (at < end) {
                int start = at;
                if (buffer[at] == '#') {
                    while (buffer[at++] != '\n') {}
                    comment(start, at - 1);
                    continue;
                }
                again.parse(buffer, at, end, request);
                at = again.next();
                if (!is("multi") && !is("exec")) {
                    execute();
                }
                passed(at - start);
            }
        } catch (ProtocolException e) {
            throw badFormat(at);
        }
        validBytes = bufferStart + end;
    }

    private void execute() throws AofException {
        Command command =
                server.commands().find(request.array(), request.offset(0), request.length(0));
        if (command != null && command.isContainer() && request.argc() > 1) {
            command = command.subcommand(request.array(), request.offset(1), request.length(1));
        }
        if (position != null && (command == null || !command.acceptsArguments(request.argc()))) {
            LOG.warn(
                    "'{}' is passed over reading the append only file {}: a master has sent it, and it was not understood then"
                            + " either",
                    request.text(0),
                    name);
            return;
        }
        if (command == null) {
            throw new AofException(
                    "Unknown command '"
                            + request.text(0)
                            + "' reading the append only file "
                            + name);
        }
        if (!command.acceptsArguments(request.argc())) {
            throw badFormat(next);
        }
        String fatal = server.executor().replay(client, command, request);
        if (fatal != null) {
            throw new AofException(
                    "the append only file "
                            + name
                            + " can't be executed: '"
                            + command.fullName()
                            + "': "
                            + fatal);
        }
        if (position != null && command.name().equals("select")) {
            selected();
        }
    }

    private void refill() throws IOException {
        if (atEnd) {
            boolean whole = next == filled && transactionStart < 0;
            end = whole ? End.WHOLE : End.CUT_OFF;
            return;
        }
        int keepFrom = transactionStart >= 0 ? transactionStart : next;
        if (keepFrom > 0) {
            System.arraycopy(buffer, keepFrom, buffer, 0, filled - keepFrom);
            bufferStart += keepFrom;
            filled -= keepFrom;
            next -= keepFrom;
            transactionStart -= transactionStart >= 0 ? keepFrom : 0;
        }
        if (filled == buffer.length) {
            grow();
        }
        int count = channel.read(ByteBuffer.wrap(buffer, filled, buffer.length - filled));
        if (count < 0) {
            atEnd = true;
        } else {
            filled += count;
        }
    }

    private void grow() throws AofException {
        if (buffer.length == BUFFER_BYTES_MAX) {
            throw new AofException(
                    "A command or transaction of more than "
                            + BUFFER_BYTES_MAX
                            + " bytes at offset "
                            + bufferStart
                            + " of the append only file "
                            + name
                            + " can't be loaded");
        }
        long wanted = Math.max(2L * buffer.length, (long) next + parser.expected());
        buffer = Arrays.copyOf(buffer, (int) Math.min(wanted, BUFFER_BYTES_MAX));
    }

    private AofException badFormat(int at) {
        return new AofException(
                "Bad file format reading the append only file "
                        + name
                        + " at offset "
                        + (bufferStart + at)
                        + ": make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>");
    }
}
