import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.locks.LockSupport;

/**
 * A link of limited speed: passes what comes to a port on to another one, and back, no faster than so many bytes per second
 * from the target to whoever connects.
 *
 * <p>Usage: {@code java SlowLink.java LISTEN TARGET BYTES_PER_SECOND}. Runs until it is killed.
 */
final class SlowLink {
    private static final int PIECE_BYTES = 16 * 1024;

    private SlowLink() {}

    public static void main(String[] args) throws IOException {
        int target = Integer.parseInt(args[1]);
        long bytesPerSecond = Long.parseLong(args[2]);
        try (ServerSocket listening =
                new ServerSocket(Integer.parseInt(args[0]), 50, InetAddress.getLoopbackAddress())) {
            while (true) {
                Socket near = listening.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                start(() -> pass(near, far, Long.MAX_VALUE));
                start(() -> pass(far, near, bytesPerSecond));
            }
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }

    private static void pass(Socket from, Socket to, long bytesPerSecond) {
        byte[] piece = new byte[PIECE_BYTES];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            long due = System.nanoTime();
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                out.write(piece, 0, count);
                due = Math.max(due, System.nanoTime()) + count * 1_000_000_000L / bytesPerSecond;
                for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
            }
        } catch (IOException closed) {
            // either side has gone: both sockets are closed, and the other direction ends too
        }
    }
}
