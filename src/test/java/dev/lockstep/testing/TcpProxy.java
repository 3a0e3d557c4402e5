package dev.lockstep.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP relay on a loopback port that can harm its links: cut, refuse, delay, throttle, stall, cut after N bytes.
 *
 * <p>"Downstream" is what flows from the target to whoever connected (a full sync or a replication stream, when a replica
 * connects to its master through the relay). Settings take effect on the links that exist. Any thread may call them.
 */
public final class TcpProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 32 * 1024;

    private final ServerSocket listener;
    private final int targetPort;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong downstreamBytes = new AtomicLong();
    private volatile boolean refusing;
    private volatile boolean upstreamStalled;
    private volatile boolean downstreamStalled;
    private volatile long delayMillis;
    private volatile long bytesPerSecond = Long.MAX_VALUE;
    private volatile long cutAtDownstreamBytes = Long.MAX_VALUE;

    public TcpProxy(int targetPort) {
        this.targetPort = targetPort;
        try {
            listener = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("accept", this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** How many connections were relayed since the start; refused ones don't count. */
    public int connections() {
        return connections.get();
    }

    public int liveLinks() {
        return links.size();
    }

    public long downstreamBytes() {
        return downstreamBytes.get();
    }

    /** Closes every link with a reset, so that both ends notice at once. */
    public void cutAll() {
        links.forEach(Link::cut);
    }

    /** While true, new connections are closed as soon as they are accepted. */
    public void refuse(boolean refuse) {
        refusing = refuse;
    }

    /** Each chunk is held back this long; 0 to stop. */
    public void delay(long millis) {
        delayMillis = millis;
    }

    /** Per link and direction; Long.MAX_VALUE for no limit. */
    public void limit(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** While true nothing is read from either side, so that both see their send buffers fill. */
    public void stall(boolean stall) {
        stallUpstream(stall);
        stallDownstream(stall);
    }

    /** While true what flows to the target stands still: acknowledgements, when a replica connects through the relay. */
    public void stallUpstream(boolean stall) {
        upstreamStalled = stall;
    }

    /** While true what flows from the target stands still. */
    public void stallDownstream(boolean stall) {
        downstreamStalled = stall;
    }

    /** Cuts all links once, when this many more bytes have gone downstream. */
    public void cutAfter(long bytes) {
        cutAtDownstreamBytes = downstreamBytes.get() + bytes;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                if (refusing) {
                    client.close();
                    continue;
                }
                open(client);
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void open(Socket client) throws IOException {
        Socket target = new Socket();
        try {
            target.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort), 5_000);
        } catch (IOException e) {
            target.close();
            client.close();
            return;
        }
        client.setTcpNoDelay(true);
        target.setTcpNoDelay(true);
        connections.incrementAndGet();
        Link link = new Link(client, target);
        links.add(link);
        start("up", () -> pump(link, client, target, false));
        start("down", () -> pump(link, target, client, true));
    }

    private static void start(String name, Runnable body) {
        Thread thread = new Thread(body, "proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void pump(Link link, Socket from, Socket to, boolean downstream) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int n;
            while ((n = in.read(buffer, 0, chunkBytes())) >= 0) {
                hold(link, n, downstream);
                out.write(buffer, 0, n);
                if (downstream && downstreamBytes.addAndGet(n) >= cutAtDownstreamBytes) {
                    cutAtDownstreamBytes = Long.MAX_VALUE;
                    cutAll();
                }
            }
        } catch (IOException e) {
            link.cut();
        }
        link.close();
        links.remove(link);
    }

    private int chunkBytes() {
        return (int) Math.max(1, Math.min(BUFFER_BYTES, bytesPerSecond / 20));
    }

    private void hold(Link link, int bytes, boolean downstream) {
        long rate = bytesPerSecond;
        long nanos = delayMillis * 1_000_000;
        if (rate != Long.MAX_VALUE) {
            nanos += bytes * 1_000_000_000L / rate;
        }
        long until = System.nanoTime() + nanos;
        while (!link.closed() && (isStalled(downstream) || System.nanoTime() < until)) {
            LockSupport.parkNanos(
                    isStalled(downstream) ? 5_000_000 : Math.max(1, until - System.nanoTime()));
        }
    }

    private boolean isStalled(boolean downstream) {
        return downstream ? downstreamStalled : upstreamStalled;
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cutAll();
    }

    private record Link(Socket client, Socket target) {
        void cut() {
            try {
                client.setSoLinger(true, 0);
                target.setSoLinger(true, 0);
            } catch (IOException e) {
                assert closed() : e;
            }
            close();
        }

        void close() {
            try {
                client.close();
                target.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        boolean closed() {
            return client.isClosed() || target.isClosed();
        }
    }
}
