package dev.lockstep.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A small blocking RESP2/RESP3 client that hands out replies with their wire type, and raw bytes both ways.
 *
 * <p>Strings stand for their Latin-1 bytes, so that any byte can be written as a char. One thread at a time. Any
 * failure of the socket is an {@link UncheckedIOException}.
 */
public final class RespClient implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    public RespClient(String host, int port) {
        try {
            socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(host, port), CONNECT_TIMEOUT_MILLIS);
            socket.setSoTimeout((int) TIMEOUT.toMillis());
            in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            out = socket.getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(host + ":" + port + ": " + e.getMessage(), e);
        }
    }

    public RespClient(int port) {
        this("127.0.0.1", port);
    }

    /** Over a socket that is connected already. */
    public RespClient(Socket socket) {
        this.socket = socket;
        try {
            socket.setSoTimeout((int) TIMEOUT.toMillis());
            in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            out = socket.getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How long a read may take before it fails with a SocketTimeoutException inside the UncheckedIOException. */
    public RespClient timeout(Duration timeout) {
        try {
            socket.setSoTimeout((int) timeout.toMillis());
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Reply call(String... arguments) {
        return call(latin1(arguments));
    }

    public Reply call(List<byte[]> arguments) {
        send(arguments);
        return read();
    }

    /** Like {@link #call} and fails if the reply is an error. */
    public Reply ok(String... arguments) {
        Reply reply = call(arguments);
        if (reply.isError()) {
            throw new AssertionError(String.join(" ", arguments) + " -> " + reply);
        }
        return reply;
    }

    /** Waits until the server has no background save and no rewrite of the append-only file under way. */
    public void awaitSaved() {
        Await.until(
                "no background save",
                TIMEOUT,
                () -> {
                    Map<String, String> state = info("persistence");
                    return state.get("rdb_bgsave_in_progress").equals("0")
                            && state.get("aof_rewrite_in_progress").equals("0")
                            && state.get("aof_rewrite_scheduled").equals("0");
                });
    }

    /** Sends all the commands in one write and reads as many replies. */
    public List<Reply> pipeline(List<List<byte[]>> commands) {
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        commands.forEach(command -> batch.writeBytes(encode(command)));
        sendRaw(batch.toByteArray());
        List<Reply> replies = new ArrayList<>(commands.size());
        for (int i = 0; i < commands.size(); i++) {
            replies.add(read());
        }
        return replies;
    }

    public void send(String... arguments) {
        send(latin1(arguments));
    }

    public void send(List<byte[]> arguments) {
        sendRaw(encode(arguments));
    }

    public void sendRaw(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void sendRaw(String latin1) {
        sendRaw(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A multibulk request. */
    public static byte[] encode(List<byte[]> arguments) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(("*" + arguments.size() + "\r\n").getBytes(StandardCharsets.US_ASCII));
        for (byte[] argument : arguments) {
            request.writeBytes(
                    ("$" + argument.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            request.writeBytes(argument);
            request.write('\r');
            request.write('\n');
        }
        return request.toByteArray();
    }

    public static List<byte[]> latin1(String... arguments) {
        List<byte[]> bytes = new ArrayList<>(arguments.length);
        for (String argument : arguments) {
            bytes.add(argument.getBytes(StandardCharsets.ISO_8859_1));
        }
        return bytes;
    }

    /** Blocks for one reply; a closed connection is an EOFException inside the UncheckedIOException. */
    public Reply read() {
        try {
            return readReply();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One byte, or -1 at the end. */
    public int readByte() {
        try {
            return in.read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** True if the server closes the connection within the time; bytes that still arrive are dropped. */
    public boolean closedWithin(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (true) {
                long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
                if (leftMillis <= 0) {
                    return false;
                }
                socket.setSoTimeout((int) leftMillis);
                if (in.read() < 0) {
                    return true;
                }
            }
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** True if something can be read without waiting. */
    public boolean hasInput() {
        try {
            return in.available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Reply readReply() throws IOException {
        int type = in.read();
        if (type < 0) {
            throw new EOFException("connection closed by the server");
        }
        String line = readLine();
        return switch (type) {
            case '+' -> new Reply.Simple(line);
            case '-' -> new Reply.Failure(line);
            case ':' -> new Reply.Int(Long.parseLong(line));
            case '$' -> line.equals("-1") ? Reply.Nil.BULK : new Reply.Bulk(readBulk(line));
            case '*' -> line.equals("-1") ? Reply.Nil.ARRAY : items("", line);
            case '_' -> Reply.Nil.RESP3;
            case ',' -> new Reply.Dbl(line);
            case '#' -> new Reply.Bool(line.equals("t"));
            case '(' -> new Reply.BigNumber(line);
            case '!' -> new Reply.Failure(new String(readBulk(line), StandardCharsets.ISO_8859_1));
            case '=' -> verbatim(readBulk(line));
            case '~' -> items("~", line);
            case '>' -> items(">", line);
            case '%' -> dict(Integer.parseInt(line));
            default -> throw new IOException("not a RESP type: " + (char) type + line);
        };
    }

    private static Reply verbatim(byte[] body) {
        String format = new String(body, 0, 3, StandardCharsets.US_ASCII);
        return new Reply.Verbatim(format, java.util.Arrays.copyOfRange(body, 4, body.length));
    }

    private Reply items(String prefix, String count) throws IOException {
        int n = Integer.parseInt(count);
        List<Reply> elements = new ArrayList<>(Math.min(n, 1 << 16));
        for (int i = 0; i < n; i++) {
            elements.add(readReply());
        }
        return new Reply.Items(prefix, elements);
    }

    private Reply dict(int n) throws IOException {
        Map<Reply, Reply> entries = new LinkedHashMap<>();
        for (int i = 0; i < n; i++) {
            Reply key = readReply();
            if (entries.put(key, readReply()) != null) {
                throw new IOException("map key twice: " + key);
            }
        }
        return new Reply.Dict(entries);
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        int c;
        while ((c = in.read()) != '\r') {
            if (c < 0) {
                throw new EOFException("connection closed inside a reply: " + line);
            }
            line.append((char) c);
        }
        if (in.read() != '\n') {
            throw new IOException("CR without LF after: " + line);
        }
        return line.toString();
    }

    private byte[] readBulk(String length) throws IOException {
        int n = Integer.parseInt(length);
        byte[] body = in.readNBytes(n);
        if (body.length < n) {
            throw new EOFException("connection closed inside a bulk string");
        }
        if (in.read() != '\r' || in.read() != '\n') {
            throw new IOException("bulk string doesn't end in CRLF");
        }
        return body;
    }

    /** INFO's fields by name; {@code section} empty for the default sections. */
    public Map<String, String> info(String section) {
        Reply reply = section.isEmpty() ? ok("INFO") : ok("INFO", section);
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : reply.text().split("\r\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && !line.startsWith("#")) {
                fields.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        return fields;
    }

    /** The local port, for finding this connection in CLIENT LIST. */
    public int localPort() {
        return socket.getLocalPort();
    }

    /** Closes without an end that could be taken for that of the requests only. */
    public void closeAbruptly() {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
