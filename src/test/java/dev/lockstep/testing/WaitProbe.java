package dev.lockstep.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;

/**
 * How long commands wait: a thread that sends one PING after the other over a connection of its own, as fast as they are
 * answered, and notes how long each took. It allocates nothing meanwhile.
 */
public final class WaitProbe implements AutoCloseable {
    private static final byte[] PING = "PING\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int PONG_BYTES = "+PONG\r\n".length();
    private static final int STEP_NANOS = 10_000;

    /** What was seen in one phase; times in milliseconds. */
    public record Waits(long commands, double p99, double p9999, double longest) {
        @Override
        public String toString() {
            return String.format(
                    "%d PINGs, p99 %.2f ms, p99.99 %.2f ms, longest %.2f ms",
                    commands, p99, p9999, longest);
        }
    }

    private final Socket socket;
    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private final Thread thread = new Thread(this::run, "wait-probe");
    private long[] counts = new long[100_000];
    private long commands;
    private long longestNanos;
    private volatile boolean stopping;

    public WaitProbe(ServerProcess server) {
        try {
            socket = new Socket("127.0.0.1", server.port());
            socket.setTcpNoDelay(true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread.setDaemon(true);
        thread.setPriority(Thread.MAX_PRIORITY);
        thread.start();
    }

    private void run() {
        byte[] reply = new byte[PONG_BYTES];
        try {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            while (!stopping) {
                long start = System.nanoTime();
                out.write(PING);
                in.readNBytes(reply, 0, PONG_BYTES);
                note(System.nanoTime() - start);
            }
        } catch (IOException e) {
            failure.set(e);
        }
    }

    private synchronized void note(long nanos) {
        counts[(int) Math.min(nanos / STEP_NANOS, counts.length - 1)]++;
        longestNanos = Math.max(longestNanos, nanos);
        commands++;
    }

    /** What was seen since the last call, or the start. */
    public synchronized Waits take() {
        if (failure.get() != null) {
            throw new UncheckedIOException(failure.get());
        }
        Waits waits =
                new Waits(commands, quantile(0.99), quantile(0.9999), longestNanos / 1_000_000.0);
        counts = new long[counts.length];
        commands = 0;
        longestNanos = 0;
        return waits;
    }

    private double quantile(double q) {
        long beyond = (long) Math.ceil(commands * q);
        int step = 0;
        for (long seen = counts[0];
                seen < beyond && step < counts.length - 1;
                seen += counts[step]) {
            step++;
        }
        return (step + 1) * (STEP_NANOS / 1_000_000.0);
    }

    @Override
    public void close() {
        stopping = true;
        try {
            thread.join(10_000);
            socket.close();
        } catch (InterruptedException | IOException e) {
            throw new AssertionError(e);
        }
    }
}
