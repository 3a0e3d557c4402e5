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
 * Measures what a client notices, over connections of its own, and prints lines {@code name value}: latencies in milliseconds,
 * sizes in bytes.
 *
 * <ul>
 *   <li>{@code snapshot PORT PID SECONDS}: one GET per millisecond, first for some seconds, then while a BGSAVE lasts, whose
 *       memory is watched as well
 *   <li>{@code fullsync MASTER REPLICA}: the same on a master while a replica is told to follow it, until that is in sync
 *   <li>{@code lag MASTER REPLICA SECONDS}: how long after a write was acknowledged it is there on the replica
 * </ul>
 *
 * A wait longer than a millisecond also counts for the commands that would have been sent meanwhile, as in HdrHistogram's
 * correction for coordinated omission.
 */
final class Probe {
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
            printQuantiles(phase, Arrays.copyOf(nanos, count));
        }
    }

    private static void printQuantiles(String phase, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf("%s_p50 %.3f%n", phase, millis(nanos, 0.5));
        System.out.printf("%s_p99 %.3f%n", phase, millis(nanos, 0.99));
        System.out.printf("%s_p999 %.3f%n", phase, millis(nanos, 0.999));
        System.out.printf("%s_max %.3f%n", phase, millis(nanos, 1));
    }

    private static double millis(long[] sorted, double quantile) {
        int index = (int) Math.ceil(quantile * sorted.length) - 1;
        return sorted[Math.max(0, index)] / 1e6;
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
        int port = Integer.parseInt(args[1]);
        switch (args[0]) {
            case "snapshot" -> snapshot(port, args[2], Long.parseLong(args[3]));
            case "fullsync" -> fullSync(port, Integer.parseInt(args[2]));
            case "lag" -> lag(port, Integer.parseInt(args[2]), Long.parseLong(args[3]));
            default -> throw new IllegalArgumentException("snapshot, fullsync or lag, not " + args[0]);
        }
    }

    private static void fullSync(int masterPort, int replicaPort) throws Exception {
        try (Connection probed = new Connection(masterPort);
                Connection replica = new Connection(replicaPort)) {
            Prober warmUp = new Prober(probed);
            warmUp.start();
            Thread.sleep(1000);
            finish(warmUp);
            Prober during = new Prober(probed);
            during.start();
            long start = System.nanoTime();
            replica.call(request("REPLICAOF", "127.0.0.1", String.valueOf(masterPort)));
            while (!replica.call(request("INFO", "replication")).contains("master_link_status:up")) {
                Thread.sleep(5);
                if (System.nanoTime() - start > DURATION_LIMIT_SECONDS * 1_000_000_000L) {
                    throw new IOException("the full sync did not end");
                }
            }
            System.out.printf("seconds %.3f%n", (System.nanoTime() - start) / 1e9);
            finish(during);
            during.print("during");
        }
    }

    private static void lag(int masterPort, int replicaPort, long seconds) throws Exception {
        long[] nanos = new long[1 << 20];
        int count = 0;
        try (Connection master = new Connection(masterPort);
                Connection replica = new Connection(replicaPort)) {
            byte[] get = request("GET", "lag-probe");
            long end = System.nanoTime() + seconds * 1_000_000_000L;
            while (System.nanoTime() < end && count < nanos.length) {
                String value = String.valueOf(System.nanoTime());
                master.call(request("SET", "lag-probe", value));
                long written = System.nanoTime();
                while (!replica.call(get).equals(value)) {
                    if (System.nanoTime() - written > DURATION_LIMIT_SECONDS * 1_000_000_000L) {
                        throw new IOException("a write did not arrive");
                    }
                }
                nanos[count++] = System.nanoTime() - written;
                LockSupport.parkNanos(INTERVAL_NANOS);
            }
        }
        printQuantiles("lag", Arrays.copyOf(nanos, count));
    }

    private static void snapshot(int port, String pid, long seconds) throws Exception {
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
