package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemdNotificationTest {
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private EventLoopGroup group;
    @TempDir Path dir;

    @BeforeEach
    void needsEpoll() {
        assumeTrue(Epoll.isAvailable());
        group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    }

    @AfterEach
    void stop() {
        if (group != null) {
            group.shutdownGracefully();
        }
    }

    private void listen(String address) {
        new Bootstrap()
                .group(group)
                .channel(EpollDomainDatagramChannel.class)
                .handler(
                        new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                            @Override
                            protected void channelRead0(
                                    ChannelHandlerContext context, DomainDatagramPacket packet) {
                                received.add(packet.content().toString(StandardCharsets.US_ASCII));
                            }
                        })
                .bind(new DomainSocketAddress(address))
                .syncUninterruptibly();
    }

    @Test
    void aDatagramReachesThePath() throws Exception {
        String path = dir.resolve("notify").toString();
        listen(path);
        assertTrue(SystemdNotification.send(path, SystemdNotification.READY));
        assertEquals(SystemdNotification.READY, received.poll(30, TimeUnit.SECONDS));
    }

    @Test
    void aDatagramReachesAnAbstractName() throws Exception {
        String name = "lockstep-test-" + ProcessHandle.current().pid();
        listen("\0" + name);
        assertTrue(SystemdNotification.send("@" + name, SystemdNotification.STOPPING));
        assertEquals(SystemdNotification.STOPPING, received.poll(30, TimeUnit.SECONDS));
    }

    @Test
    void nobodyListeningIsNoFailureOfTheServer() {
        assertFalse(
                SystemdNotification.send(
                        dir.resolve("nobody").toString(), SystemdNotification.READY));
    }
}
