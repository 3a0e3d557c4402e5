package dev.lockstep.server.migrate;

import dev.lockstep.protocol.ByteArray;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A connection to another server that every step waits for so long at most: a plain socket's writes would wait without end
 * for a target that takes nothing. One thread at a time.
 */
final class TargetConnection implements AutoCloseable, TlsStream.Wire {
    /** A database that no target has selected. */
    static final long NO_DATABASE = Long.MIN_VALUE;

    private static final int PIECE_BYTES = 64 * 1024;
    private static final int LINE_BYTES_MAX = 64 * 1024;

    private final String address;
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final ByteBuffer input = ByteBuffer.allocate(4096).limit(0);
    private final ByteArray line = new ByteArray(128);

    /** What encrypts it, or null. */
    private TlsStream tls;

    /** The database that the target has selected for it. */
    long database = NO_DATABASE;

    /** When it was used last, as System.nanoTime tells it. */
    long usedNanos;

    private TargetConnection(String address, SocketChannel channel, Selector selector)
            throws IOException {
        this.address = address;
        this.channel = channel;
        this.selector = selector;
        this.key = channel.register(selector, 0);
    }

    /**
     * Connects.
     *
     * @throws java.net.UnknownHostException if there is no such host
     * @throws SocketTimeoutException if the time is over before
     */
    static TargetConnection open(MigrationTarget target) throws IOException {
        InetAddress host = InetAddress.getByName(target.host());
        if (target.port() < 1 || target.port() > 0xffff) {
            throw new IOException("there is no port " + target.port());
        }
        SocketChannel channel = SocketChannel.open();
        Selector selector = null;
        try {
            selector = Selector.open();
            channel.configureBlocking(false);
            TargetConnection connection = new TargetConnection(target.address(), channel, selector);
            if (!channel.connect(new InetSocketAddress(host, target.port()))) {
                connection.await(SelectionKey.OP_CONNECT, target.timeoutMillis());
                channel.finishConnect();
            }
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (target.tls() != null) {
                connection.secure(target);
            }
            return connection;
        } catch (IOException | RuntimeException e) {
            channel.close();
            if (selector != null) {
                selector.close();
            }
            throw e;
        }
    }

    private void secure(MigrationTarget target) throws IOException {
        tls = new TlsStream(target.tls().apply(target.host()), this);
        tls.handshake(deadline(target.timeoutMillis()));
    }

    String address() {
        return address;
    }

    /** Writes all of it, piece by piece; each may take {@code timeoutMillis}. */
    void write(ByteArray bytes, long timeoutMillis) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes.array(), 0, bytes.length());
        int end = buffer.limit();
        while (buffer.position() < end) {
            buffer.limit(Math.min(end, buffer.position() + PIECE_BYTES));
            long deadline = deadline(timeoutMillis);
            if (tls == null) {
                send(buffer, deadline);
            } else {
                tls.send(buffer, deadline);
            }
        }
    }

    @Override
    public void send(ByteBuffer bytes, long deadlineNanos) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                awaitUntil(SelectionKey.OP_WRITE, deadlineNanos);
            }
        }
    }

    @Override
    public int receive(ByteBuffer bytes, long deadlineNanos) throws IOException {
        int read;
        while ((read = channel.read(bytes)) == 0) {
            awaitUntil(SelectionKey.OP_READ, deadlineNanos);
        }
        return read;
    }

    /** The next line that the target sends, without its end. */
    String readLine(long timeoutMillis) throws IOException {
        long deadline = deadline(timeoutMillis);
        line.clear();
        while (true) {
            while (input.hasRemaining()) {
                byte next = input.get();
                if (next == '\n') {
                    return new String(line.array(), 0, lineEnd(), StandardCharsets.UTF_8);
                }
                if (line.length() == LINE_BYTES_MAX) {
                    throw new IOException("a reply without an end");
                }
                line.append(next);
            }
            input.clear();
            try {
                if (tls != null) {
                    tls.read(input, deadline);
                } else if (receive(input, deadline) < 0) {
                    throw new EOFException("the target has closed the connection");
                }
            } finally {
                input.flip();
            }
        }
    }

    private int lineEnd() {
        int length = line.length();
        return length > 0 && line.array()[length - 1] == '\r' ? length - 1 : length;
    }

    private static long deadline(long timeoutMillis) {
        return System.nanoTime() + timeoutMillis * 1_000_000;
    }

    private void await(int operation, long timeoutMillis) throws IOException {
        awaitUntil(operation, deadline(timeoutMillis));
    }

    private void awaitUntil(int operation, long deadlineNanos) throws IOException {
        key.interestOps(operation);
        long millis = (deadlineNanos - System.nanoTime() + 999_999) / 1_000_000;
        if (millis <= 0 || selector.select(millis) == 0) {
            if (System.nanoTime() - deadlineNanos >= 0) {
                throw new SocketTimeoutException("the target took too long");
            }
        }
        selector.selectedKeys().clear();
    }

    @Override
    public void close() {
        try {
            channel.close();
            selector.close();
        } catch (IOException e) {
            throw new AssertionError("a socket that can't be closed", e);
        }
    }
}
