package dev.lockstep.server.process;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how the service is doing, as sd_notify(3) defines it: one datagram of {@code NAME=value}
 * lines to the Unix socket that the environment names.
 *
 * <p>The JDK has no Unix datagram sockets, Netty has; the loop it needs lives as long as the call.
 */
public final class SystemdNotification {
    /** What a service of {@code Type=notify} has to say once it serves. */
    public static final String READY = "STATUS=Ready to accept connections\nREADY=1\n";

    /** That a shutdown is under way. */
    public static final String STOPPING = "STOPPING=1\n";

    private static final Logger LOG = LoggerFactory.getLogger(SystemdNotification.class);

    private SystemdNotification() {}

    /**
     * Sends {@code state} and waits until it is sent. Not on an event loop.
     *
     * @param socket the variable {@code NOTIFY_SOCKET}: a path, or {@code @} and an abstract name
     * @return whether it was sent; if not, the log says why
     */
    public static boolean send(String socket, String state) {
        if (!Epoll.isAvailable()) {
            LOG.warn("Can't notify systemd: this platform has no epoll.");
            return false;
        }
        String path = socket.startsWith("@") ? "\0" + socket.substring(1) : socket;
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            ChannelFuture connected =
                    new Bootstrap()
                            .group(group)
                            .channel(EpollDomainDatagramChannel.class)
                            .handler(new ChannelInboundHandlerAdapter())
                            .connect(new DomainSocketAddress(path))
                            .awaitUninterruptibly();
            ChannelFuture sent =
                    connected.isSuccess() ? write(connected.channel(), state) : connected;
            if (!sent.isSuccess()) {
                LOG.warn("Can't notify systemd at {}: {}", socket, sent.cause().toString());
            }
            return sent.isSuccess();
        } finally {
            group.shutdownGracefully();
        }
    }

    private static ChannelFuture write(Channel channel, String state) {
        byte[] datagram = state.getBytes(StandardCharsets.US_ASCII);
        ChannelFuture sent =
                channel.writeAndFlush(Unpooled.wrappedBuffer(datagram)).awaitUninterruptibly();
        channel.close();
        return sent;
    }
}
