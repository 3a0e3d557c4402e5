package dev.lockstep.server.net;

import dev.lockstep.server.config.NetworkSettings.IoTransport;
import dev.lockstep.server.process.StartupFailure;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The system interface under the sockets: epoll, io_uring, or the JDK's own where there is no Linux. */
public enum Transport {
    EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class),
    IO_URING(IoUringServerSocketChannel.class, IoUringSocketChannel.class),
    NIO(NioServerSocketChannel.class, NioSocketChannel.class);

    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);
    private static final boolean ON_LINUX = System.getProperty("os.name").equals("Linux");
    private static final String LIBRARY_NEEDS =
            "the directory java.io.tmpdir must be one whose files can be written and executed";

    private final Class<? extends ServerChannel> listening;
    private final Class<? extends SocketChannel> connecting;

    Transport(Class<? extends ServerChannel> listening, Class<? extends SocketChannel> connecting) {
        this.listening = listening;
        this.connecting = connecting;
    }

    /** The transport for a setting; one asked for by name that the machine lacks is an error. */
    public static Transport of(IoTransport setting) throws StartupFailure {
        switch (setting) {
            case NIO:
                return NIO;
            case IO_URING:
                if (!IoUring.isAvailable()) {
                    throw unavailable("io_uring", IoUring.unavailabilityCause());
                }
                return IO_URING;
            case EPOLL:
                if (!Epoll.isAvailable()) {
                    throw unavailable("epoll", Epoll.unavailabilityCause());
                }
                return EPOLL;
            default:
                if (Epoll.isAvailable()) {
                    return EPOLL;
                }
                if (ON_LINUX) {
                    LOG.warn(
                            "epoll is not available ({}), so nio moves the bytes, which is slower; {}",
                            Epoll.unavailabilityCause().getMessage(),
                            LIBRARY_NEEDS);
                }
                return NIO;
        }
    }

    private static StartupFailure unavailable(String name, Throwable cause) {
        return new StartupFailure(
                "io-transport "
                        + name
                        + " is not available on this machine ("
                        + cause.getMessage()
                        + "); "
                        + LIBRARY_NEEDS
                        + ", or use io-transport auto");
    }

    public IoHandlerFactory handlers() {
        return switch (this) {
            case EPOLL -> EpollIoHandler.newFactory();
            case IO_URING -> IoUringIoHandler.newFactory();
            case NIO -> NioIoHandler.newFactory();
        };
    }

    public Class<? extends ServerChannel> listeningChannel() {
        return listening;
    }

    public Class<? extends SocketChannel> connectingChannel() {
        return connecting;
    }

    /** The class for a listening Unix socket, or null where the transport has none. */
    public Class<? extends ServerChannel> unixListeningChannel() {
        return this == EPOLL ? EpollServerDomainSocketChannel.class : null;
    }

    /** What INFO names as multiplexing_api. */
    public String apiName() {
        return switch (this) {
            case EPOLL -> "epoll";
            case IO_URING -> "io_uring";
            case NIO -> "nio";
        };
    }
}
