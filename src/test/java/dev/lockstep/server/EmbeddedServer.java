package dev.lockstep.server;

import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.net.Connection;
import dev.lockstep.testing.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** A server within the test's own process, without sockets: for tests that add a command or look inside. */
final class EmbeddedServer implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** A task may have the executor do something later, and that something else. */
    private static final int TURNS = 5;

    /** A connection; what it is sent collects until it is asked for. */
    final class Link {
        private final EmbeddedChannel channel;
        private final Connection connection;
        private final StringBuilder received = new StringBuilder();

        private Link() {
            channel = new EmbeddedChannel();
            connection = new Connection(server.executor(), channel, true);
            channel.pipeline().addLast(connection.events());
            channel.pipeline().fireChannelActive();
        }

        /** Sends commands in one piece, each of words with one blank in between. */
        void send(String... commands) {
            RequestEncoder requests = new RequestEncoder(256);
            for (String command : commands) {
                String[] words = command.split(" ", -1);
                requests.begin(words.length);
                for (String word : words) {
                    requests.arg(word);
                }
            }
            onExecutor(
                    () -> {
                        ByteBuf bytes =
                                Unpooled.copiedBuffer(requests.array(), 0, requests.length());
                        channel.pipeline().fireChannelRead(bytes);
                        channel.pipeline().fireChannelReadComplete();
                        return null;
                    });
            settle();
        }

        /** What has come back so far, lines with a blank in between; then it is forgotten. */
        String received() {
            return onExecutor(
                    () -> {
                        collect();
                        String text = received.toString().trim().replace("\r\n", " ");
                        received.setLength(0);
                        return text;
                    });
        }

        private void collect() {
            ByteBuf sent;
            while ((sent = channel.readOutbound()) != null) {
                received.append(sent.toString(StandardCharsets.ISO_8859_1));
                sent.release();
            }
        }

        /** Sends commands and returns what comes back at once. */
        String call(String... commands) {
            send(commands);
            return received();
        }

        /** Waits until something comes back. */
        String await() {
            Await.until(
                    "a reply",
                    LIMIT,
                    () ->
                            onExecutor(
                                    () -> {
                                        collect();
                                        return received.length() > 0;
                                    }));
            return received();
        }

        Client client() {
            return connection.client();
        }

        boolean isOpen() {
            return onExecutor(channel::isOpen);
        }

        void close() {
            onExecutor(channel::close);
        }
    }

    private final LockstepServer server;

    EmbeddedServer() throws Exception {
        server =
                new LockstepServer(
                        Configuration.load(
                                new String[] {"--enable-debug-command", "yes"},
                                InputStream.nullInputStream()));
    }

    LockstepServer server() {
        return server;
    }

    Link connect() {
        return onExecutor(Link::new);
    }

    /** Has the executor do what its tasks so far lead to: executing what was read, resuming clients, and so on. */
    private void settle() {
        for (int turn = 0; turn < TURNS; turn++) {
            onExecutor(() -> null);
        }
    }

    /** Does something on the executor, after all that it was already told to do. */
    <T> T onExecutor(Callable<T> task) {
        try {
            return server.loop().submit(task).get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws Exception {
        server.end();
    }
}
