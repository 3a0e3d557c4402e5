package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.EMPTY_IS_UNSET;
import static dev.lockstep.server.config.Trait.IMMUTABLE;
import static dev.lockstep.server.config.Trait.unused;

import java.util.List;

/** Where the server listens and how its sockets behave. */
public final class NetworkSettings extends SettingGroup {
    /** The system interface under the sockets; {@code auto} is epoll on Linux and nio elsewhere. */
    public enum IoTransport {
        AUTO,
        EPOLL,
        IO_URING,
        NIO
    }

    public final AddressListSetting bind =
            declare(new AddressListSetting("bind", List.of("*", "-::*")));
    public final TextSetting bindSourceAddr = text("bind-source-addr", "", EMPTY_IS_UNSET);
    public final BooleanSetting protectedMode = bool("protected-mode", true);
    public final IntSetting port = number("port", 6379, 0, PORT_MAX);
    public final IntSetting tcpBacklog = number("tcp-backlog", 511, 0, INT_MAX, IMMUTABLE);
    public final TextSetting unixSocket = text("unixsocket", "", IMMUTABLE, EMPTY_IS_UNSET);

    /** 0 leaves the mode to the process's umask. */
    public final OctalSetting unixSocketPerm =
            declare(new OctalSetting("unixsocketperm", 0, 0777, IMMUTABLE));

    /** Seconds a client may be idle; 0 for ever. */
    public final IntSetting timeout = number("timeout", 0, 0, INT_MAX);

    /** Seconds between probes of an idle connection; 0 for none. */
    public final IntSetting tcpKeepalive = number("tcp-keepalive", 300, 0, INT_MAX);

    public final LongSetting socketMarkId =
            bigNumber(
                    "socket-mark-id",
                    0,
                    0,
                    UINT_MAX,
                    IMMUTABLE,
                    unused("a JVM can't mark its sockets"));

    /** Read at start: a change needs CONFIG REWRITE and a restart. */
    public final ChoiceSetting<IoTransport> ioTransport = choice("io-transport", IoTransport.AUTO);

    public final IntSetting ioThreads = number("io-threads", 1, 1, 128, IMMUTABLE);
    public final BooleanSetting ioThreadsDoReads =
            bool(
                    "io-threads-do-reads",
                    false,
                    IMMUTABLE,
                    unused("I/O threads always read as well as write"));

    NetworkSettings() {
        super("Network");
    }
}
