package dev.lockstep.persistence;

import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.View;
import dev.lockstep.keyspace.ViewCursor;
import dev.lockstep.protocol.ByteArray;
import dev.lockstep.protocol.Decimal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a frozen keyspace as the commands that make it: the base of an append-only file with {@code aof-use-rdb-preamble no}.
 *
 * <p>Collections are made by commands of at most {@value #ELEMENTS_PER_COMMAND} elements each. A stream is one RESTORE: what
 * its groups have delivered can't be told by commands of its own without loss.
 */
public final class CommandWriter implements ViewWriter {
    private static final int ELEMENTS_PER_COMMAND = 64;
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int KEYS_PER_REPORT = 256;

    private static final byte[] SET = word("SET");
    private static final byte[] RPUSH = word("RPUSH");
    private static final byte[] SADD = word("SADD");
    private static final byte[] ZADD = word("ZADD");
    private static final byte[] HMSET = word("HMSET");
    private static final byte[] RESTORE = word("RESTORE");
    private static final byte[] SELECT = word("SELECT");
    private static final byte[] PEXPIREAT = word("PEXPIREAT");
    private static final byte[] HPEXPIREAT = word("HPEXPIREAT");
    private static final byte[] FIELDS = word("FIELDS");
    private static final byte[] FUNCTION = word("FUNCTION");
    private static final byte[] LOAD = word("LOAD");
    private static final byte[] ONE = word("1");

    private final View view;
    private final List<byte[]> libraries;
    private final int keyDelayMicros;
    private final long timestampSeconds;
    private final KeyDelay delay = new KeyDelay("the rewrite of the append-only file");
    private final DumpPayload payload = new DumpPayload(false);

    /** Whole commands that the sink has yet to take. */
    private final ByteArray out = new ByteArray(BUFFER_BYTES + 1024);

    /** The arguments of the command that is being made. */
    private final ByteArray arguments = new ByteArray(1024);

    private int argc;
    private ByteSink sink;
    private ViewCursor entry;
    private long keys;
    private volatile long keysDone;

    private static byte[] word(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * @param libraries the code of the function libraries
     * @param keyDelayMicros rdb-key-save-delay
     * @param timestampSeconds Unix time to begin with in a comment, or -1 (aof-timestamp-enabled)
     */
    public CommandWriter(
            View view, List<byte[]> libraries, int keyDelayMicros, long timestampSeconds) {
        this.view = view;
        this.libraries = libraries;
        this.keyDelayMicros = keyDelayMicros;
        this.timestampSeconds = timestampSeconds;
    }

    @Override
    public void write(ByteSink into) throws IOException {
        sink = into;
        if (timestampSeconds >= 0) {
            out.append(word("#TS:" + timestampSeconds + "\r\n"));
        }
        for (byte[] library : libraries) {
            arg(FUNCTION);
            arg(LOAD);
            arg(library);
            end();
        }
        for (int db = 0; db < view.databases(); db++) {
            if (view.size(db) > 0) {
                arg(SELECT);
                arg(word(Integer.toString(db)));
                end();
                entries(view.consume(db));
            }
        }
        drain();
        keysDone = keys;
    }

    @Override
    public void cancel() {
        delay.cancel();
    }

    @Override
    public long keysDone() {
        return keysDone;
    }

    @Override
    public long keysTotal() {
        return view.totalSize();
    }

    private void entries(ViewCursor cursor) throws IOException {
        entry = cursor;
        while (cursor.next()) {
            value();
            if (cursor.deadline() >= 0 && cursor.type() != ValueType.STREAM) {
                begin(PEXPIREAT);
                arg(cursor.deadline());
                end();
            }
            if (++keys % KEYS_PER_REPORT == 0) {
                keysDone = keys;
                delay.check();
            }
            if (keyDelayMicros != 0) {
                keysDone = keys;
                delay.afterKey(keyDelayMicros);
            }
        }
        delay.check();
    }

    private void value() throws IOException {
        switch (entry.type()) {
            case ValueType.STRING -> {
                begin(SET);
                arg(entry.string());
                end();
            }
            case ValueType.LIST -> elements(RPUSH);
            case ValueType.SET -> elements(SADD);
            case ValueType.ZSET -> scoredMembers();
            case ValueType.HASH -> fields();
            case ValueType.STREAM -> stream();
            default -> throw new IllegalStateException("a value of type " + entry.type());
        }
    }

    private void elements(byte[] command) throws IOException {
        ElementCursor elements = entry.elements();
        int count = 0;
        while (elements.next()) {
            count = next(command, count);
            arg(elements.element());
        }
        end();
    }

    private void scoredMembers() throws IOException {
        ElementCursor members = entry.elements();
        int count = 0;
        while (members.next()) {
            count = next(ZADD, count);
            arg(Decimal.toSeventeenDigits(members.score()));
            arg(members.element());
        }
        end();
    }

    private record FieldDeadline(byte[] field, long deadline) {}

    private void fields() throws IOException {
        List<FieldDeadline> deadlines = new ArrayList<>();
        ElementCursor fields = entry.elements();
        int count = 0;
        while (fields.next()) {
            count = next(HMSET, count);
            StringValue field = fields.element();
            arg(field);
            arg(fields.value());
            if (fields.deadline() >= 0) {
                byte[] name = new byte[field.length()];
                System.arraycopy(field.array(), field.offset(), name, 0, name.length);
                deadlines.add(new FieldDeadline(name, fields.deadline()));
            }
        }
        end();
        for (FieldDeadline volatileField : deadlines) {
            begin(HPEXPIREAT);
            arg(volatileField.deadline());
            arg(FIELDS);
            arg(ONE);
            arg(volatileField.field());
            end();
        }
    }

    private void stream() throws IOException {
        payload.write(entry);
        begin(RESTORE);
        arg(Math.max(0, entry.deadline()));
        arg(payload.array(), 0, payload.length());
        if (entry.deadline() >= 0) {
            arg(word("ABSTTL"));
        }
        end();
    }

    /** Makes sure that a command is begun which takes one more element; returns how many it has then. */
    private int next(byte[] command, int count) throws IOException {
        if (count > 0 && count < ELEMENTS_PER_COMMAND) {
            return count + 1;
        }
        if (count > 0) {
            end();
        }
        begin(command);
        return 1;
    }

    // ---- commands ----

    /** Begins a command on the entry's key. */
    private void begin(byte[] command) {
        arg(command);
        arg(entry.keyArray(), entry.keyOffset(), entry.keyLength());
    }

    private void arg(byte[] bytes) {
        arg(bytes, 0, bytes.length);
    }

    private void arg(StringValue text) {
        arg(text.array(), text.offset(), text.length());
    }

    private void arg(long number) {
        argc++;
        arguments.append('$');
        arguments.appendDecimal(Decimal.digits(number));
        arguments.crlf();
        arguments.appendDecimal(number);
        arguments.crlf();
    }

    private void arg(byte[] array, int offset, int length) {
        argc++;
        arguments.append('$');
        arguments.appendDecimal(length);
        arguments.crlf();
        arguments.append(array, offset, length);
        arguments.crlf();
    }

    private void end() throws IOException {
        out.append('*');
        out.appendDecimal(argc);
        out.crlf();
        out.append(arguments.array(), 0, arguments.length());
        arguments.clear();
        argc = 0;
        if (out.length() >= BUFFER_BYTES) {
            drain();
        }
    }

    private void drain() throws IOException {
        sink.write(out.array(), 0, out.length());
        out.clear();
    }
}
