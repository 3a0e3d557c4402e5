package dev.lockstep.server.warmup;

import dev.lockstep.protocol.RequestEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A client of the {@link Stage}. The warm-up's thread only. */
final class Peer implements AutoCloseable {
    private static final String END = "warm-up!";
    private static final byte[] END_REPLY =
            ("$8\r\n" + END + "\r\n").getBytes(StandardCharsets.US_ASCII);
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER_BYTES];

    Peer(Stage stage) throws IOException {
        socket = stage.connect();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = socket.getInputStream();
        out = socket.getOutputStream();
        call("AUTH", stage.password());
    }

    /** Ends requests that go together; {@link #awaitReplies} finds the end of their replies by it. */
    static void appendEnd(RequestEncoder requests) {
        requests.begin(2).arg("ECHO").arg(END);
    }

    void call(String... words) throws IOException {
        RequestEncoder request = new RequestEncoder(128).begin(words.length);
        for (String word : words) {
            request.arg(word);
        }
        appendEnd(request);
        send(request.bytes().copy());
        awaitReplies();
    }

    void send(byte[] requests) throws IOException {
        out.write(requests);
    }

    /** Passes over everything up to the end of the replies to what was sent last. */
    void awaitReplies() throws IOException {
        int length = 0;
        do {
            if (length == buffer.length) {
                System.arraycopy(buffer, length - END_REPLY.length, buffer, 0, END_REPLY.length);
                length = END_REPLY.length;
            }
            int count = in.read(buffer, length, buffer.length - length);
            if (count < 0) {
                throw new IOException("the connection was closed");
            }
            length += count;
        } while (!endsReplies(length));
    }

    private boolean endsReplies(int length) {
        int from = length - END_REPLY.length;
        return from >= 0 && Arrays.equals(buffer, from, length, END_REPLY, 0, END_REPLY.length);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
