package dev.lockstep.server.net;

import dev.lockstep.server.Executor;
import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.process.StartupFailure;
import dev.lockstep.server.process.SystemReason;
import dev.lockstep.server.tls.Tls;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets that clients connect to: the addresses of {@code bind} on {@code port} and on {@code tls-port}, and {@code
 * unixsocket}.
 */
public final class Listeners {
    /** So many who knock are let in per turn; with one, the last of many waits as many turns, each full of the others' work. */
    private static final int ACCEPTS_AT_ONCE = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    private static final WriteBufferWaterMark OUTPUT_MARKS =
            new WriteBufferWaterMark(256 * 1024, 1024 * 1024);

    private enum Kind {
        TCP("tcp"),
        UNIX("unix"),
        TLS("tls");

        final String logName;

        Kind(String logName) {
            this.logName = logName;
        }
    }

    private final Configuration config;
    private final Transport transport;
    private final EventLoopGroup acceptors;
    private final EventLoopGroup readers;
    private final Executor executor;
    private final Tls tls;
    private List<Channel> tcp = new ArrayList<>();
    private List<Channel> encrypted = new ArrayList<>();
    private Channel unix;

    public Listeners(
            Configuration config,
            Transport transport,
            EventLoopGroup acceptors,
            EventLoopGroup readers,
            Executor executor,
            Tls tls) {
        this.config = config;
        this.transport = transport;
        this.acceptors = acceptors;
        this.readers = readers;
        this.executor = executor;
        this.tls = tls;
    }

    /** Opens everything the configuration names. */
    public void open() throws StartupFailure {
        if (config.network.port.get() != 0) {
            tcp = bindAll(Kind.TCP, config.network.port.get());
        }
        if (config.tls.port.get() != 0) {
            encrypted = bindAll(Kind.TLS, config.tls.port.get());
        }
        String path = config.network.unixSocket.get();
        if (!path.isEmpty()) {
            openUnix(config.snapshots.dir.resolve(path));
        }
        if (tcp.isEmpty() && encrypted.isEmpty() && unix == null) {
            throw new StartupFailure("Configured to not listen anywhere, exiting.");
        }
    }

    /**
     * Listens on the addresses and the port that are configured now: the new sockets first, then the old ones are closed, so that
     * a failure leaves everything as it was.
     */
    public void rebind() throws StartupFailure {
        tcp = rebound(Kind.TCP, tcp, config.network.port.get());
    }

    /** The same for {@code tls-port}. */
    public void rebindTls() throws StartupFailure {
        encrypted = rebound(Kind.TLS, encrypted, config.tls.port.get());
    }

    private List<Channel> rebound(Kind kind, List<Channel> old, int port) throws StartupFailure {
        boolean samePort =
                !old.isEmpty() && ((InetSocketAddress) old.get(0).localAddress()).getPort() == port;
        if (samePort) {
            close(old);
        }
        List<Channel> opened = port == 0 ? new ArrayList<>() : bindAll(kind, port);
        if (!samePort) {
            close(old);
        }
        return opened;
    }

    private List<Channel> bindAll(Kind kind, int port) throws StartupFailure {
        List<Channel> opened = new ArrayList<>();
        for (String address : withoutDoubledWildcard(config.network.bind.get())) {
            boolean optional = address.startsWith("-");
            String host = optional ? address.substring(1) : address;
            try {
                opened.add(bind(kind, socketAddress(host, port)));
            } catch (IOException e) {
                LOG.warn(
                        "Warning: Could not create server TCP listening socket {}:{}: bind: {}",
                        host,
                        port,
                        SystemReason.of(e));
                if (!(optional && isAddressUnavailable(e))) {
                    close(opened);
                    throw new StartupFailure(
                            "Failed listening on port "
                                    + port
                                    + " ("
                                    + kind.logName
                                    + "), aborting.");
                }
            }
        }
        return opened;
    }

    /** The IPv6 wildcard takes IPv4 as well: with both asked for, one socket serves both where there is IPv6. */
    private static List<String> withoutDoubledWildcard(List<String> addresses) {
        boolean four = addresses.contains("*") || addresses.contains("0.0.0.0");
        boolean six =
                addresses.contains("::*") || addresses.contains("-::*") || addresses.contains("::");
        if (!four || !six) {
            return addresses;
        }
        List<String> rest = new ArrayList<>(addresses);
        rest.removeAll(hasIpv6() ? List.of("*", "0.0.0.0") : List.of("::*", "-::*", "::"));
        return rest;
    }

    private static boolean hasIpv6() {
        return Files.exists(Path.of("/proc/net/if_inet6"));
    }

    private static InetSocketAddress socketAddress(String host, int port) throws IOException {
        String name =
                switch (host) {
                    case "*" -> "0.0.0.0";
                    case "::*" -> "::";
                    default -> host;
                };
        InetSocketAddress address = new InetSocketAddress(name, port);
        if (address.isUnresolved()) {
            throw new IOException("Name or service not known");
        }
        return address;
    }

    private static boolean isAddressUnavailable(IOException e) {
        String text = String.valueOf(e.getMessage());
        return text.contains("Cannot assign requested address")
                || text.contains("not supported")
                || text.contains("Protocol family unavailable")
                || text.contains("not known");
    }

    /** The system's words, without what the library puts around them. */
    private Channel bind(Kind kind, InetSocketAddress address) throws IOException {
        ServerBootstrap bootstrap =
                bootstrap(kind)
                        .channel(transport.listeningChannel())
                        .option(ChannelOption.SO_BACKLOG, config.network.tcpBacklog.get())
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true);
        int seconds = config.network.tcpKeepalive.get();
        if (seconds > 0) {
            bootstrap.childOption(ChannelOption.SO_KEEPALIVE, true);
            if (transport == Transport.EPOLL) {
                bootstrap
                        .childOption(EpollChannelOption.TCP_KEEPIDLE, seconds)
                        .childOption(EpollChannelOption.TCP_KEEPINTVL, Math.max(1, seconds / 3))
                        .childOption(EpollChannelOption.TCP_KEEPCNT, 3);
            } else if (transport == Transport.IO_URING) {
                bootstrap
                        .childOption(IoUringChannelOption.TCP_KEEPIDLE, seconds)
                        .childOption(IoUringChannelOption.TCP_KEEPINTVL, Math.max(1, seconds / 3))
                        .childOption(IoUringChannelOption.TCP_KEEPCNT, 3);
            }
        }
        return opened(bootstrap, address);
    }

    /**
     * Registers the listening channel, then binds it. On the acceptors' own loop both are done when the calls return, where
     * the bootstrap's bind would leave the second to a later turn.
     */
    private static Channel opened(ServerBootstrap bootstrap, SocketAddress address)
            throws IOException {
        ChannelFuture registration = bootstrap.register();
        Channel channel = finished(registration);
        return finished(channel.bind(address));
    }

    private static Channel finished(ChannelFuture step) throws IOException {
        if (!step.channel().eventLoop().inEventLoop()) {
            step.awaitUninterruptibly();
        }
        if (!step.isSuccess()) {
            step.channel().close();
            throw new IOException(
                    step.cause() == null ? "not done in time" : step.cause().getMessage());
        }
        return step.channel();
    }

    /** Goes on until nobody knocks any more: that one more knocks, an accepted socket does not tell. */
    private static RecvByteBufAllocator acceptsAtOnce() {
        ServerChannelRecvByteBufAllocator allocator = new ServerChannelRecvByteBufAllocator();
        allocator.maxMessagesPerRead(ACCEPTS_AT_ONCE);
        return allocator.respectMaybeMoreData(false);
    }

    private ServerBootstrap bootstrap(Kind kind) {
        return new ServerBootstrap()
                .group(acceptors, readers)
                .option(ChannelOption.RECVBUF_ALLOCATOR, acceptsAtOnce())
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, OUTPUT_MARKS)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                if (kind == Kind.TLS) {
                                    SslHandler handler = tls.accepting();
                                    channel.pipeline()
                                            .addLast(
                                                    handler,
                                                    new EncryptedOutput(),
                                                    Connection.encrypted(executor, channel, handler)
                                                            .events());
                                } else {
                                    channel.pipeline()
                                            .addLast(
                                                    new Connection(
                                                                    executor,
                                                                    channel,
                                                                    kind == Kind.UNIX)
                                                            .events());
                                }
                            }
                        });
    }

    private void openUnix(Path path) throws StartupFailure {
        if (transport.unixListeningChannel() == null) {
            throw new StartupFailure(
                    "unixsocket needs io-transport epoll; this server runs on "
                            + transport.apiName());
        }
        try {
            Files.deleteIfExists(path);
            unix =
                    opened(
                            bootstrap(Kind.UNIX)
                                    .channel(transport.unixListeningChannel())
                                    .option(
                                            ChannelOption.SO_BACKLOG,
                                            config.network.tcpBacklog.get()),
                            new DomainSocketAddress(path.toString()));
            int mode = config.network.unixSocketPerm.get();
            if (mode != 0) {
                Files.setPosixFilePermissions(path, permissions(mode));
            }
        } catch (IOException e) {
            throw new StartupFailure(
                    "Failed opening Unix socket " + path + ": " + SystemReason.of(e));
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        PosixFilePermission[] all = PosixFilePermission.values();
        Set<PosixFilePermission> chosen = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < all.length; i++) {
            if ((mode >> all.length - 1 - i & 1) != 0) {
                chosen.add(all[i]);
            }
        }
        return chosen;
    }

    /** The kinds of sockets that are open, as log lines name them: "tcp", "unix", "tls". */
    public List<String> kinds() {
        List<String> kinds = new ArrayList<>();
        if (!tcp.isEmpty()) {
            kinds.add(Kind.TCP.logName);
        }
        if (unix != null) {
            kinds.add(Kind.UNIX.logName);
        }
        if (!encrypted.isEmpty()) {
            kinds.add(Kind.TLS.logName);
        }
        return kinds;
    }

    /** Takes no more connections; those that stand stay. */
    public void close() {
        close(tcp);
        close(encrypted);
        if (unix != null) {
            Path path = Path.of(((DomainSocketAddress) unix.localAddress()).path());
            close(List.of(unix));
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                LOG.warn("Could not remove the Unix socket {}: {}", path, SystemReason.of(e));
            }
        }
    }

    private static void close(List<Channel> channels) {
        for (Channel channel : channels) {
            ChannelFuture closing = channel.close();
            if (!channel.eventLoop().inEventLoop()) {
                closing.awaitUninterruptibly();
            }
        }
    }
}
