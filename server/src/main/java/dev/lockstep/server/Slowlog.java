package dev.lockstep.server;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Command;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/** The commands that took longer than {@code slowlog-log-slower-than}, the newest first. Executor only. */
public final class Slowlog {
    private static final int ARGUMENTS_MAX = 32;
    private static final int ARGUMENT_BYTES_MAX = 128;

    /** One slow command; long arguments and many are cut, with a note of what is missing. */
    public record Entry(
            long id,
            long unixSeconds,
            long micros,
            byte[][] arguments,
            String address,
            byte[] name) {}

    private final LockstepServer server;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private long nextId;

    Slowlog(LockstepServer server) {
        this.server = server;
    }

    boolean wants(long nanos) {
        long micros = server.config().monitoring.slowlogLogSlowerThan.get();
        return micros >= 0
                && nanos >= micros * 1000
                && server.config().monitoring.slowlogMaxLen.get() > 0;
    }

    void add(Client client, Command command, Request request, long nanos, long nowMillis) {
        int shown = Math.min(request.argc(), ARGUMENTS_MAX);
        byte[][] arguments = new byte[shown][];
        for (int i = 0; i < shown; i++) {
            if (request.argc() > ARGUMENTS_MAX && i == shown - 1) {
                arguments[i] = text("... (" + (request.argc() - shown + 1) + " more arguments)");
            } else if (Secrets.isSecret(command, request, i)) {
                arguments[i] = text("(redacted)");
            } else if (request.length(i) > ARGUMENT_BYTES_MAX) {
                String head = request.text(i, ARGUMENT_BYTES_MAX);
                arguments[i] =
                        text(
                                head
                                        + "... ("
                                        + (request.length(i) - ARGUMENT_BYTES_MAX)
                                        + " more bytes)");
            } else {
                arguments[i] = request.copy(i);
            }
        }
        entries.addFirst(
                new Entry(
                        nextId++,
                        nowMillis / 1000,
                        nanos / 1000,
                        arguments,
                        ClientLine.remoteAddress(client),
                        client.name == null ? new byte[0] : client.name));
        long most = server.config().monitoring.slowlogMaxLen.get();
        while (entries.size() > most) {
            entries.removeLast();
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public Iterable<Entry> entries() {
        return entries;
    }

    public int size() {
        return entries.size();
    }

    public void reset() {
        entries.clear();
    }
}
