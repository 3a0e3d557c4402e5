package dev.lockstep.server;

import dev.lockstep.protocol.Quoted;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.Flag;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** The clients that MONITOR shows every command to. Executor only. */
public final class Monitors {
    private final LockstepServer server;
    private final Set<Client> clients = new LinkedHashSet<>();

    Monitors(LockstepServer server) {
        this.server = server;
    }

    public boolean any() {
        return !clients.isEmpty();
    }

    public void add(Client client) {
        client.isMonitor = true;
        clients.add(client);
    }

    public void remove(Client client) {
        client.isMonitor = false;
        clients.remove(client);
    }

    /** Shows a command that was executed. */
    public void feed(Client client, Command command, Request request) {
        long now = System.currentTimeMillis();
        long micros = now * 1000 + System.nanoTime() / 1000 % 1000;
        StringBuilder line = new StringBuilder(64);
        line.append('+');
        line.append(String.format(Locale.ROOT, "%d.%06d", micros / 1_000_000, micros % 1_000_000));
        line.append(" [").append(client.database).append(' ');
        line.append(
                server.scriptRunner().isRunningFor(client) && !command.has(Flag.SKIP_MONITOR)
                        ? "lua"
                        : client.connection() != null && client.connection().isUnixSocket()
                                ? "unix:" + ClientLine.remoteAddress(client).replaceFirst(":0$", "")
                                : ClientLine.remoteAddress(client));
        line.append(']');
        for (int i = 0; i < request.argc(); i++) {
            line.append(' ');
            if (Secrets.isSecret(command, request, i)) {
                line.append("\"(redacted)\"");
            } else {
                int from = request.offset(i);
                Quoted.append(line, request.array(), from, from + request.length(i));
            }
        }
        line.append("\r\n");
        byte[] bytes = line.toString().getBytes(StandardCharsets.ISO_8859_1);
        for (Client monitor : clients) {
            if (monitor == client) {
                server.pushes().send(client, bytes, 0, bytes.length); // behind its reply
            } else if (!monitor.closed) {
                monitor.connection().send(bytes, 0, bytes.length);
                monitor.connection().flush();
            }
        }
    }
}
