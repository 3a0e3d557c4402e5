package dev.lockstep.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The changes that a server passes on, as a replica of the oldest kind (SYNC) receives them.
 *
 * <p>Opened when the server holds no data yet, so that the snapshot before the stream is small.
 */
public final class ReplicationStream implements AutoCloseable {
    private static final String END = "end-of-the-stream";

    /** Unix milliseconds of this century, which differ from run to run. */
    private static final Pattern MILLIS = Pattern.compile("(?<= )1[0-9]{12}(?= |$)");

    private final RespClient link;
    private final RespClient client;

    public ReplicationStream(ServerProcess server) {
        client = server.connect();
        link = server.connect();
        link.send("SYNC");
        skipSnapshot();
    }

    private void skipSnapshot() {
        String head = line();
        while (head.isBlank()) {
            head = line();
        }
        if (head.startsWith("$EOF:")) {
            String mark = head.substring("$EOF:".length());
            StringBuilder tail = new StringBuilder();
            while (!tail.toString().endsWith(mark)) {
                tail.append((char) link.readByte());
                if (tail.length() > 2 * mark.length()) {
                    tail.delete(0, tail.length() - mark.length());
                }
            }
        } else {
            for (int left = Integer.parseInt(head.substring(1)); left > 0; left--) {
                link.readByte();
            }
        }
    }

    private String line() {
        StringBuilder line = new StringBuilder();
        for (int c = link.readByte(); c != '\n'; c = link.readByte()) {
            if (c < 0) {
                throw new AssertionError("the server closed the link after: " + line);
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** Has a command executed; what it replies doesn't matter here. */
    public void execute(List<byte[]> command) {
        client.call(command);
    }

    /** All changes so far but heartbeats, one a line, arguments between spaces; times of this century as "(time)". */
    public List<String> changes() {
        client.ok("SET", END, "");
        List<String> changes = new ArrayList<>();
        while (true) {
            String change =
                    link.read().items().stream()
                            .map(Reply::text)
                            .collect(Collectors.joining(" "))
                            .stripTrailing();
            if (change.equals("SET " + END)) {
                return changes;
            }
            if (!change.equalsIgnoreCase("PING")) {
                changes.add(MILLIS.matcher(change).replaceAll("(time)"));
            }
        }
    }

    @Override
    public void close() {
        link.close();
        client.close();
    }
}
