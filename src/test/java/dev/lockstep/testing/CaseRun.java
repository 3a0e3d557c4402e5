package dev.lockstep.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One run of a case's steps on one server, in one RESP version, on connections of its own.
 *
 * <p>A case that sets a password sets {@value OriginalState#CASE_PASSWORD}. Arguments may contain <code>${x*1000}</code> (x a thousand times), <code>${now+60}</code> and
 * <code>${nowms-5}</code> (Unix time), and <code>${name}</code> (what {@code %save} kept). <code>${target}</code> is the port
 * of another server, always a stock one, which the connection named "target" leads to; it is empty when a case begins that
 * names it. Steps other than commands:
 *
 * <ul>
 *   <li>{@code %raw BYTES [N]}: sends the bytes as they are and reads N replies (1)
 *   <li>{@code %send COMMAND...}: sends without reading a reply
 *   <li>{@code %read}: reads one more reply
 *   <li>{@code %heard}: the messages that have been sent to the connection, up to the reply to a PING
 *   <li>{@code %closed}: whether the server closes the connection
 *   <li>{@code %save NAME COMMAND...}: keeps a string or a number that is replied
 *   <li>{@code %fill N PREFIX}: sets PREFIX0 .. PREFIX(N-1)
 *   <li>{@code %scan OPTION...}: a whole SCAN iteration, the distinct keys sorted
 *   <li>{@code %saved}: waits until no background save and no rewrite of the append-only file is running
 *   <li>{@code %blocked N}: waits until so many clients are blocked
 *   <li>{@code %gone KEY}: waits until EXISTS says 0
 * </ul>
 */
public final class CaseRun implements AutoCloseable {
    private static final Pattern EXPANSION = Pattern.compile("\\$\\{([^}]*)\\}");
    private static final String TARGET = "target";
    private static final String TARGET_PORT = "${" + TARGET + "}";
    private static final Duration REPLY_LIMIT = Duration.ofSeconds(30);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);
    private static final Duration BLOCKED_LIMIT = Duration.ofSeconds(10);
    private static final Duration GONE_LIMIT = Duration.ofSeconds(10);

    private final ServerProcess server;
    private final OriginalState original;
    private final int protocol;
    private final Supplier<OriginalState> target;
    private final Map<String, RespClient> connections = new HashMap<>();
    private final Map<String, byte[]> saved = new HashMap<>();

    public CaseRun(OriginalState original, int protocol, Supplier<OriginalState> target) {
        this.server = original.server();
        this.original = original;
        this.protocol = protocol;
        this.target = target;
    }

    /** The replies to all the steps, in order; the server is as it was at its start first, and empty. */
    public List<Reply> run(CommandCase commandCase) {
        original.restore();
        if (commandCase.steps().stream().anyMatch(step -> step.text().contains(TARGET_PORT))) {
            target.get().restore();
        }
        List<Reply> replies = new ArrayList<>();
        for (CommandCase.Step step : commandCase.steps()) {
            try {
                replies.add(run(step));
            } catch (RuntimeException e) {
                throw new AssertionError(
                        server + ", " + commandCase + ", at " + step.text() + ": " + e.getMessage(),
                        e);
            }
        }
        return replies;
    }

    private RespClient connection(String name) {
        return connections.computeIfAbsent(
                name,
                n -> {
                    ServerProcess peer = n.equals(TARGET) ? target.get().server() : server;
                    RespClient client = peer.connect();
                    client.timeout(REPLY_LIMIT);
                    if (protocol == 3) {
                        client.ok("HELLO", "3");
                    }
                    return client;
                });
    }

    private Reply run(CommandCase.Step step) {
        RespClient client = connection(step.connection());
        List<byte[]> words = expand(CommandLine.split(step.text()));
        String first = new String(words.get(0), StandardCharsets.ISO_8859_1);
        List<byte[]> rest = words.subList(1, words.size());
        return switch (first) {
            case "%raw" -> raw(client, rest);
            case "%send" -> {
                client.send(rest);
                yield new Reply.Simple("sent");
            }
            case "%read" -> client.read();
            case "%heard" -> heard(client);
            case "%closed" -> new Reply.Bool(client.closedWithin(CLOSE_LIMIT));
            case "%save" -> {
                Reply reply = client.call(rest.subList(1, rest.size()));
                saved.put(
                        text(rest.get(0)),
                        reply instanceof Reply.Int number
                                ? Long.toString(number.value()).getBytes(StandardCharsets.US_ASCII)
                                : reply.bytes());
                yield reply;
            }
            case "%fill" -> fill(client, Integer.parseInt(text(rest.get(0))), text(rest.get(1)));
            case "%scan" -> scan(client, rest);
            case "%saved" -> {
                client.awaitSaved();
                yield new Reply.Simple("saved");
            }
            case "%blocked" -> {
                Await.until(
                        text(rest.get(0)) + " blocked clients",
                        BLOCKED_LIMIT,
                        () ->
                                client.info("clients")
                                        .get("blocked_clients")
                                        .equals(text(rest.get(0))));
                yield new Reply.Simple("blocked");
            }
            case "%gone" -> gone(client, rest);
            default -> {
                if (first.startsWith("%")) {
                    throw new IllegalArgumentException("unknown step " + first);
                }
                yield client.call(words);
            }
        };
    }

    private static Reply raw(RespClient client, List<byte[]> words) {
        client.sendRaw(words.get(0));
        int replies = words.size() > 1 ? Integer.parseInt(text(words.get(1))) : 1;
        List<Reply> read = new ArrayList<>();
        for (int i = 0; i < replies; i++) {
            read.add(client.read());
        }
        return replies == 1 ? read.get(0) : new Reply.Items("raw", read);
    }

    private static Reply heard(RespClient client) {
        List<Reply> messages = new ArrayList<>();
        client.send("PING");
        Reply next = client.read();
        while (!next.toString().equals("+PONG") && !next.toString().startsWith("[\"pong\"")) {
            messages.add(next);
            next = client.read();
        }
        return new Reply.Items("heard", messages);
    }

    private static Reply fill(RespClient client, int count, String prefix) {
        List<List<byte[]>> sets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sets.add(RespClient.latin1("SET", prefix + i, Integer.toString(i)));
        }
        long ok = client.pipeline(sets).stream().filter(r -> !r.isError()).count();
        return new Reply.Int(ok);
    }

    private static Reply scan(RespClient client, List<byte[]> options) {
        Map<String, Reply> found = new TreeMap<>();
        byte[] cursor = {'0'};
        int rounds = 0;
        do {
            List<byte[]> command =
                    new ArrayList<>(List.of("SCAN".getBytes(StandardCharsets.US_ASCII), cursor));
            command.addAll(options);
            Reply reply = client.call(command);
            if (reply.isError()) {
                return reply;
            }
            cursor = reply.items().get(0).bytes();
            reply.items().get(1).items().forEach(key -> found.put(key.toString(), key));
            if (++rounds > 1_000_000) {
                throw new AssertionError("SCAN doesn't end");
            }
        } while (!text(cursor).equals("0"));
        return new Reply.Items("", List.copyOf(found.values()));
    }

    private static Reply gone(RespClient client, List<byte[]> words) {
        List<byte[]> exists = List.of("EXISTS".getBytes(StandardCharsets.US_ASCII), words.get(0));
        Await.until(
                text(words.get(0)) + " is gone",
                GONE_LIMIT,
                () -> client.call(exists).integer() == 0);
        return new Reply.Simple("gone");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private List<byte[]> expand(List<byte[]> words) {
        List<byte[]> expanded = new ArrayList<>();
        for (byte[] word : words) {
            Matcher matcher = EXPANSION.matcher(text(word));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            int end = 0;
            while (matcher.find()) {
                out.write(word, end, matcher.start() - end);
                out.writeBytes(expansion(matcher.group(1)));
                end = matcher.end();
            }
            out.write(word, end, word.length - end);
            expanded.add(out.toByteArray());
        }
        return expanded;
    }

    private byte[] expansion(String name) {
        int star = name.lastIndexOf('*');
        if (star > 0) {
            return name.substring(0, star)
                    .repeat(Integer.parseInt(name.substring(star + 1)))
                    .getBytes(StandardCharsets.ISO_8859_1);
        }
        if (name.equals(TARGET)) {
            return Integer.toString(target.get().server().port())
                    .getBytes(StandardCharsets.US_ASCII);
        }
        Matcher time = Pattern.compile("(now|nowms)([+-]\\d+)?").matcher(name);
        if (time.matches()) {
            long now = System.currentTimeMillis() / (time.group(1).equals("now") ? 1000 : 1);
            long shift = time.group(2) == null ? 0 : Long.parseLong(time.group(2));
            return Long.toString(now + shift).getBytes(StandardCharsets.US_ASCII);
        }
        byte[] value = saved.get(name);
        if (value == null) {
            throw new IllegalArgumentException("nothing saved as " + name);
        }
        return value;
    }

    @Override
    public void close() {
        connections.values().forEach(RespClient::close);
    }
}
