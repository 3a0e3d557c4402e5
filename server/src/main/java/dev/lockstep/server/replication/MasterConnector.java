package dev.lockstep.server.replication;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.net.Connection;
import dev.lockstep.server.process.SystemReason;
import dev.lockstep.server.process.ThreadStart;
import dev.lockstep.server.tls.Tls;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * One attempt to reach a master: its name is resolved, the socket connects, and is encrypted if {@code tls-replication} says
 * so. Executor only, but for the look-up of a name.
 */
final class MasterConnector {
    private static final String SOCKET_ERROR = "Error condition on socket for SYNC: ";

    /** How the attempt ends; called once, not after {@link #cancel}. */
    interface Listener {
        void reached(Connection connection);

        void notReached(String reason);
    }

    private final LockstepServer server;
    private final String host;
    private final int port;
    private final Listener listener;

    /** What encrypts the connection, or null. */
    private final SslHandler tls;

    private final Bootstrap bootstrap;
    private Connection connection;
    private Channel channel;
    private boolean ended;

    /**
     * @param tap takes what arrives on the connection
     */
    MasterConnector(
            LockstepServer server,
            String host,
            int port,
            Connection.InputTap tap,
            Listener listener) {
        this.server = server;
        this.host = host;
        this.port = port;
        this.listener = listener;
        tls = server.config().tls.replication.get() ? server.tls().connecting(host) : null;
        bootstrap =
                new Bootstrap()
                        .group(server.loop())
                        .channel(server.transport().connectingChannel())
                        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                server.config().replication.timeout.get() * 1000)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel opened) {
                                        addHandlers(opened, tap);
                                    }
                                });
        String source = server.config().network.bindSourceAddr.get();
        if (!source.isEmpty()) {
            bootstrap.localAddress(new InetSocketAddress(source, 0));
        }
    }

    private void addHandlers(Channel opened, Connection.InputTap tap) {
        if (tls != null) {
            opened.pipeline().addLast(tls);
        }
        connection = Connection.outgoing(server.executor(), opened, tap, tls);
        opened.pipeline().addLast(connection.events());
    }

    void start() {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal == null) {
            resolve();
            return;
        }
        try {
            connect(InetAddress.getByAddress(host, literal));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Leaves it; a socket that is there by now is closed. */
    void cancel() {
        ended = true;
        if (channel != null) {
            channel.close();
        }
    }

    /** On a thread of its own, since it may take many seconds. */
    private void resolve() {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                InetAddress address = InetAddress.getByName(host);
                                server.executor().submit(() -> connect(address));
                            } catch (UnknownHostException e) {
                                server.executor().submit(this::unresolved);
                            }
                        },
                        "lockstep-resolve");
        thread.setDaemon(true);
        try {
            ThreadStart.start(thread);
        } catch (IOException e) {
            server.executor()
                    .submit(() -> failed("Unable to connect to MASTER: " + e.getMessage()));
        }
    }

    private void unresolved() {
        failed("Unable to connect to MASTER: Name or service not known: " + host);
    }

    private void connect(InetAddress address) {
        if (ended) {
            return;
        }
        ChannelFuture connecting = bootstrap.connect(new InetSocketAddress(address, port));
        channel = connecting.channel();
        connecting.addListener(
                done -> {
                    if (done.isSuccess()) {
                        connected();
                    } else {
                        failed(SOCKET_ERROR + SystemReason.of(done.cause()));
                    }
                });
    }

    private void connected() {
        if (tls == null) {
            reached();
            return;
        }
        tls.handshakeFuture()
                .addListener(
                        done -> {
                            if (done.isSuccess()) {
                                reached();
                            } else {
                                failed(SOCKET_ERROR + Tls.reason(done.cause()));
                            }
                        });
    }

    private void reached() {
        if (!ended) {
            ended = true;
            listener.reached(connection);
        }
    }

    private void failed(String reason) {
        if (!ended) {
            cancel();
            listener.notReached(reason);
        }
    }
}
