package dev.lockstep.server;

import dev.lockstep.server.info.MemoryUsage;
import dev.lockstep.server.net.Connection;
import dev.lockstep.server.pubsub.SubscriptionKind;
import dev.lockstep.server.tracking.ClientTracking;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/** A client as a line of CLIENT LIST. */
public final class ClientLine {
    private ClientLine() {}

    /** The line, without its newline. */
    public static String of(LockstepServer server, Client client) {
        Connection connection = client.connection();
        long now = server.clock().millis();
        long output = connection == null ? 0 : connection.pendingOutput();
        int waiting = connection == null ? 0 : connection.pendingInput();
        int room = connection == null ? 0 : connection.pendingRoom();
        boolean current = server.executor().current() == client;
        int taken = current || waiting == 0 ? 0 : connection.parser().bytesBeforeLongArgument();
        int queryBytes = current ? Math.max(waiting, client.requestBytes) : waiting - taken;
        StringBuilder line = new StringBuilder(320);
        line.append("id=").append(client.id());
        line.append(" addr=").append(remoteAddress(client));
        line.append(" laddr=").append(localAddress(client));
        line.append(" fd=").append(connection == null ? -1 : connection.descriptor());
        line.append(" name=").append(text(client.name));
        line.append(" age=").append((now - client.createdMillis()) / 1000);
        line.append(" idle=").append((now - client.lastInteractionMillis) / 1000);
        line.append(" flags=").append(flags(server, client));
        line.append(" db=").append(client.database);
        Transaction transaction = client.transaction;
        line.append(" sub=").append(client.subscriptions.count(SubscriptionKind.CHANNEL));
        line.append(" psub=").append(client.subscriptions.count(SubscriptionKind.PATTERN));
        line.append(" ssub=").append(client.subscriptions.count(SubscriptionKind.SHARD_CHANNEL));
        line.append(" multi=").append(transaction == null ? -1 : transaction.count());
        line.append(" qbuf=").append(queryBytes);
        line.append(" qbuf-free=").append(room);
        line.append(" argv-mem=").append(current ? client.requestBytes : taken);
        line.append(" multi-mem=").append(transaction == null ? 0 : transaction.argumentBytes());
        line.append(" rbs=0 rbp=0 obl=0");
        line.append(" oll=").append(connection == null ? 0 : connection.pendingOutputBuffers());
        line.append(" omem=").append(output);
        line.append(" tot-mem=").append(MemoryUsage.of(client));
        line.append(" events=").append(output > 0 ? "rw" : "r");
        line.append(" cmd=")
                .append(client.lastCommand == null ? "NULL" : client.lastCommand.fullName());
        line.append(" user=")
                .append(client.user == null ? "(superuser)" : client.user.name())
                .append(" redir=")
                .append(redirection(client));
        line.append(" resp=").append(client.protocol);
        line.append(" lib-name=").append(text(client.libraryName));
        line.append(" lib-ver=").append(text(client.libraryVersion));
        return line.toString();
    }

    /** The address that CLIENT LIST and CLIENT KILL name a client by: "ip:port", or "path:0" for a Unix socket. */
    public static String remoteAddress(Client client) {
        Connection connection = client.connection();
        if (connection == null) {
            return "?:0";
        }
        return connection.isUnixSocket()
                ? address(connection.channel().localAddress())
                : address(connection.channel().remoteAddress());
    }

    public static String localAddress(Client client) {
        Connection connection = client.connection();
        return connection == null ? "?:0" : address(connection.channel().localAddress());
    }

    private static String address(SocketAddress address) {
        if (address instanceof InetSocketAddress inet) {
            String host = NetUtil.toAddressString(inet.getAddress());
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort();
        }
        if (address instanceof DomainSocketAddress local) {
            return local.path() + ":0";
        }
        return "?:0";
    }

    private static String text(byte[] name) {
        return name == null ? "" : new String(name, StandardCharsets.ISO_8859_1);
    }

    private static boolean isTracking(Client client) {
        return client.tracking != null && client.tracking.isOn();
    }

    private static long redirection(Client client) {
        return isTracking(client) ? client.tracking.redirection() : -1;
    }

    private static String flags(LockstepServer server, Client client) {
        StringBuilder flags = new StringBuilder();
        if (client.isReplica) {
            flags.append('S');
        } else if (client.isMonitor) {
            flags.append('O');
        }
        if (client.isMaster) {
            flags.append('M');
        }
        if (client.isSubscribed()) {
            flags.append('P');
        }
        if (client.transaction != null) {
            flags.append('x');
        }
        if (client.isBlocked()) {
            flags.append('b');
        }
        if (isTracking(client)) {
            flags.append('t');
            flags.append(client.tracking.isRedirectionBroken() ? "R" : "");
            flags.append(client.tracking.mode() == ClientTracking.Mode.BCAST ? "B" : "");
        }
        if (server.watchedKeys().haveChanged(client)) {
            flags.append('d');
        }
        if (client.closeAfterReply) {
            flags.append('c');
        }
        if (client.connection() != null && client.connection().isUnixSocket()) {
            flags.append('U');
        }
        if (client.noEvict) {
            flags.append('e');
        }
        if (client.noTouch) {
            flags.append('T');
        }
        return flags.length() == 0 ? "N" : flags.toString();
    }
}
