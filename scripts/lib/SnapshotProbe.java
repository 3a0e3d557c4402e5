import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures what a client notices of a BGSAVE: one GET per millisecond over a connection of its own, first for some
 * seconds without, then while the snapshot lasts. A second thread watches the snapshot and the memory.
 *
 * <p>Usage: {@code java SnapshotProbe.java PORT PID SECONDS}. Prints lines {@code name value}; latencies are in
 * milliseconds, sizes in bytes. A wait longer than a millisecond also counts for the commands that would have been sent
 * meanwhile, as in HdrHistogram's correction for coordinated omission.
 */
final class SnapshotProbe {
    private static final long INTERVAL_NANOS = 1_000_000;
    private static final int DURATION_LIMIT_SECONDS = 600;

    private static volatile boolean stop;

    private static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private final OutputStream out;

        Connection(int port) throws IOException {
            socket = new Socket("127.0.0.1", port);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            out = socket.getOutputStream();
        }

        String call(byte[] request) throws IOException {
            out.write(request);
            out.flush();
            String line = readLine();
            if (line.charAt(0) != '$' || line.equals("$-1")) {
                return line;
            }
            byte[] value = in.readNBytes(Integer.parseInt(line.substring(1)));
            readLine();
            return new String(value, StandardCharsets.ISO_8859_1);
        }

        private String readLine() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new IOException("the server closed the connection");
                }
                if (b != '\r') {
                    line.append((char) b);
                }
            }
            return line.toString();
        }

        long info(String section, String field) throws IOException {
            String info = call(request("INFO", section));
            int start = info.indexOf("\n" + field + ":") + field.length() + 2;
            return start <= field.length() + 1 ? 0 : Long.parseLong(info.substring(start, info.indexOf('\r', start)));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static byte[] request(String... words) {
        StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            request.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return request.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Sends one GET per millisecond until told to stop. */
    private static final class Prober extends Thread {
        private final Connection connection;
        private long[] nanos = new long[1 << 16];
        private int count;

        Prober(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void run() {
            byte[] get = request("GET", "key:000000000001");
            try {
                long next = System.nanoTime();
                while (!stop) {
                    while (System.nanoTime() < next) {
                        LockSupport.parkNanos(next - System.nanoTime());
                    }
                    long start = System.nanoTime();
                    connection.call(get);
                    long end = System.nanoTime();
                    for (long wait = end - start; wait > 0; wait -= INTERVAL_NANOS) {
                        add(wait);
                    }
                    next = Math.max(next + INTERVAL_NANOS, end);
                }
            } catch (IOException e) {
                System.err.println("probe: " + e.getMessage());
                System.exit(1);
            }
        }

        private void add(long value) {
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, count * 2);
            }
            nanos[count++] = value;
        }

        void print(String phase) {
            long[] sorted = Arrays.copyOf(nanos, count);
            Arrays.sort(sorted);
            System.out.printf("%s_p50 %.3f%n", phase, millis(sorted, 0.5));
            System.out.printf("%s_p99 %.3f%n", phase, millis(sorted, 0.99));
            System.out.printf("%s_p999 %.3f%n", phase, millis(sorted, 0.999));
            System.out.printf("%s_max %.3f%n", phase, millis(sorted, 1));
        }

        private static double millis(long[] sorted, double quantile) {
            int index = (int) Math.ceil(quantile * sorted.length) - 1;
            return sorted[Math.max(0, index)] / 1e6;
        }
    }

    private static long residentBytes(String pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", pid, "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return 0;
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        String pid = args[1];
        long seconds = Long.parseLong(args[2]);
        try (Connection probed = new Connection(port);
                Connection control = new Connection(port)) {
            Prober warmUp = new Prober(probed);
            warmUp.start();
            Thread.sleep(2000);
            finish(warmUp);

            Prober before = new Prober(probed);
            long commands = control.info("stats", "total_commands_processed");
            before.start();
            Thread.sleep(seconds * 1000);
            finish(before);
            long rate = (control.info("stats", "total_commands_processed") - commands) / seconds;
            before.print("before");
            System.out.println("before_rps " + rate);

            long residentBefore = residentBytes(pid);
            long usedBefore = control.info("memory", "used_memory");
            long residentPeak = residentBefore;
            long usedPeak = usedBefore;
            commands = control.info("stats", "total_commands_processed");
            Prober during = new Prober(probed);
            during.start();
            long start = System.nanoTime();
            String reply = control.call(request("BGSAVE"));
            if (!reply.startsWith("+Background saving started")) {
                throw new IOException("BGSAVE: " + reply);
            }
            int polls = 0;
            do {
                Thread.sleep(5);
                if (polls++ % 4 == 0) {
                    residentPeak = Math.max(residentPeak, residentBytes(pid));
                    usedPeak = Math.max(usedPeak, control.info("memory", "used_memory"));
                }
                if (System.nanoTime() - start > DURATION_LIMIT_SECONDS * 1_000_000_000L) {
                    throw new IOException("BGSAVE did not end");
                }
            } while (control.info("persistence", "rdb_bgsave_in_progress") == 1);
            double duration = (System.nanoTime() - start) / 1e9;
            finish(during);
            during.print("during");
            rate = (long) ((control.info("stats", "total_commands_processed") - commands) / duration);
            System.out.println("during_rps " + rate);
            System.out.printf("duration %.3f%n", duration);
            System.out.printf("freeze %.3f%n", control.info("stats", "latest_fork_usec") / 1e3);
            System.out.println("cow_bytes " + control.info("persistence", "rdb_last_cow_size"));
            System.out.println("used_growth " + (usedPeak - usedBefore));
            System.out.println("resident_growth " + (residentPeak - residentBefore));
            System.out.println("used_before " + usedBefore);
        }
    }

    private static void finish(Prober prober) throws InterruptedException {
        stop = true;
        prober.join();
        stop = false;
    }
}
