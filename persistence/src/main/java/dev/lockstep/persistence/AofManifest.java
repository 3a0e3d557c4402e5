package dev.lockstep.persistence;

import dev.lockstep.protocol.InlineArguments;
import dev.lockstep.protocol.Quoted;
import dev.lockstep.protocol.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which files an append-only file consists of, in the format of Redis 7: one line for each,
 *
 * <pre>
 * file appendonly.aof.2.base.rdb seq 2 type b
 * file appendonly.aof.1.base.rdb seq 1 type h
 * file appendonly.aof.3.incr.aof seq 3 type i
 * </pre>
 *
 * <p>A base (at most one) is a snapshot; the increments hold, in the order of their numbers, what has changed since; history
 * is what a newer base has made superfluous and is not deleted yet. Unknown keys and lines that begin with # are passed over.
 *
 * <p>Immutable: each change makes another manifest, so that it counts only once it is on disk. Any thread.
 */
public final class AofManifest {
    /** A line, with what ends it, may not be longer. */
    private static final int LINE_BYTES_MAX = 1024;

    private static final String INCREMENT_INFIX = ".incr.";
    private static final String INVALID = "Invalid AOF manifest file format";

    /** What a file is for, with the letter of its line. */
    public enum Type {
        BASE('b'),
        HISTORY('h'),
        INCREMENT('i');

        private final char letter;

        Type(char letter) {
            this.letter = letter;
        }
    }

    /**
     * One file.
     *
     * @param name without a directory
     * @param number counted apart for bases and for increments, from 1
     */
    public record Part(String name, long number, Type type) {
        private String line() {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            String quoted = Quoted.of(bytes, 0, bytes.length);
            boolean plain =
                    quoted.length() == name.length() + 2
                            && name.indexOf(' ') < 0
                            && name.indexOf('\'') < 0;
            return "file "
                    + (plain ? name : quoted)
                    + " seq "
                    + number
                    + " type "
                    + type.letter
                    + "\n";
        }

        private Part as(Type other) {
            return new Part(name, number, other);
        }
    }

    /** Of no files. */
    public static final AofManifest EMPTY = new AofManifest(null, List.of(), List.of(), 0, 0);

    private final Part base;
    private final List<Part> history;
    private final List<Part> increments;
    private final long baseNumber;
    private final long incrementNumber;

    private AofManifest(
            Part base,
            List<Part> history,
            List<Part> increments,
            long baseNumber,
            long incrementNumber) {
        this.base = base;
        this.history = List.copyOf(history);
        this.increments = List.copyOf(increments);
        this.baseNumber = baseNumber;
        this.incrementNumber = incrementNumber;
    }

    /** The base, or null. */
    public Part base() {
        return base;
    }

    /** Oldest first. */
    public List<Part> increments() {
        return increments;
    }

    /** The increment that is written to, or null. */
    public Part lastIncrement() {
        return increments.isEmpty() ? null : increments.get(increments.size() - 1);
    }

    /** What may be deleted, newest first. */
    public List<Part> history() {
        return history;
    }

    /** Whether there is anything to load. */
    public boolean isEmpty() {
        return base == null && increments.isEmpty();
    }

    /** The files to load, in their order. */
    public List<Part> toLoad() {
        List<Part> parts = new ArrayList<>(increments.size() + 1);
        if (base != null) {
            parts.add(base);
        }
        parts.addAll(increments);
        return parts;
    }

    // ---- changes ----

    /** With one more increment, of the next number; {@code prefix} is appendfilename. */
    public AofManifest withIncrement(String prefix) {
        long number = incrementNumber + 1;
        List<Part> more = new ArrayList<>(increments);
        more.add(new Part(prefix + "." + number + INCREMENT_INFIX + "aof", number, Type.INCREMENT));
        return new AofManifest(base, history, more, baseNumber, number);
    }

    /**
     * With a new base, of the next number, which makes the former one history, and all increments but the newest ones.
     *
     * @param rdb whether it is an RDB, or consists of commands
     * @param kept how many increments hold changes that the new base lacks
     */
    public AofManifest withBase(String prefix, boolean rdb, int kept) {
        long number = baseNumber + 1;
        List<Part> past = new ArrayList<>(history);
        if (base != null) {
            past.add(0, base.as(Type.HISTORY));
        }
        int superfluous = increments.size() - kept;
        for (int i = superfluous - 1; i >= 0; i--) {
            past.add(0, increments.get(i).as(Type.HISTORY));
        }
        return new AofManifest(
                new Part(
                        prefix + "." + number + ".base." + (rdb ? "rdb" : "aof"),
                        number,
                        Type.BASE),
                past,
                increments.subList(superfluous, increments.size()),
                number,
                incrementNumber);
    }

    /** With a file from before there were manifests as its base. */
    public AofManifest withOldFile(String name) {
        return new AofManifest(
                new Part(name, 1, Type.BASE), history, increments, 1, incrementNumber);
    }

    /** Without history. */
    public AofManifest withoutHistory() {
        return new AofManifest(base, List.of(), increments, baseNumber, incrementNumber);
    }

    // ---- text ----

    /** The file's text, in ASCII. */
    public String text() {
        StringBuilder text = new StringBuilder();
        if (base != null) {
            text.append(base.line());
        }
        history.forEach(part -> text.append(part.line()));
        increments.forEach(part -> text.append(part.line()));
        return text.toString();
    }

    /**
     * Reads a manifest.
     *
     * @throws AofException naming the line, if it is none
     * @throws IOException if it can't be read
     */
    public static AofManifest read(Path file) throws IOException {
        return parse(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
    }

    static AofManifest parse(String text) throws AofException {
        if (text.isEmpty()) {
            throw new AofException("Found an empty AOF manifest");
        }
        AofManifest manifest = EMPTY;
        int number = 1;
        for (int at = 0; at < text.length(); number++) {
            int end = text.indexOf('\n', at);
            String line = text.substring(at, end < 0 ? text.length() : end);
            at = end < 0 ? text.length() : end + 1;
            if (line.startsWith("#")) {
                continue;
            }
            if (line.length() >= LINE_BYTES_MAX - 1) {
                throw invalid(
                        "The AOF manifest file contains too long line",
                        number,
                        line.substring(0, 80));
            }
            manifest = manifest.with(part(line.strip(), number), number, line);
        }
        return manifest;
    }

    private static Part part(String line, int number) throws AofException {
        byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
        Request words = new Request();
        words.set(bytes);
        if (bytes.length == 0
                || !InlineArguments.split(bytes, 0, bytes.length, words)
                || words.argc() < 6
                || words.argc() % 2 != 0) {
            throw invalid(INVALID, number, line);
        }
        String name = null;
        long seq = 0;
        String type = null;
        for (int i = 0; i < words.argc(); i += 2) {
            String value = words.text(i + 1);
            switch (words.text(i).toLowerCase(Locale.ROOT)) {
                case "file" -> name = new String(words.copy(i + 1), StandardCharsets.UTF_8);
                case "seq" -> seq = words.isLong(i + 1) ? words.longAt(i + 1) : 0;
                case "type" -> type = value;
                default -> {}
            }
        }
        if (name == null || name.isEmpty() || seq <= 0 || seq == Long.MAX_VALUE || type == null) {
            throw invalid(INVALID, number, line);
        }
        if (name.indexOf('/') >= 0 || name.indexOf('\\') >= 0) {
            throw invalid("File can't be a path, just a filename", number, line);
        }
        for (Type known : Type.values()) {
            if (type.length() == 1 && type.charAt(0) == known.letter) {
                return new Part(name, seq, known);
            }
        }
        throw invalid("Unknown AOF file type", number, line);
    }

    private AofManifest with(Part part, int number, String line) throws AofException {
        switch (part.type()) {
            case BASE -> {
                if (base != null) {
                    throw invalid("Found duplicate base file information", number, line);
                }
                return new AofManifest(
                        part,
                        history,
                        increments,
                        Math.max(baseNumber, part.number()),
                        incrementNumber);
            }
            case HISTORY -> {
                List<Part> past = new ArrayList<>(history);
                past.add(part);
                boolean wasIncrement = part.name().contains(INCREMENT_INFIX);
                return new AofManifest(
                        base,
                        past,
                        increments,
                        wasIncrement ? baseNumber : Math.max(baseNumber, part.number()),
                        wasIncrement ? Math.max(incrementNumber, part.number()) : incrementNumber);
            }
            default -> {
                Part last = lastIncrement();
                if (last != null && part.number() <= last.number()) {
                    throw invalid("Found a non-monotonic sequence number", number, line);
                }
                List<Part> more = new ArrayList<>(increments);
                more.add(part);
                return new AofManifest(
                        base, history, more, baseNumber, Math.max(incrementNumber, part.number()));
            }
        }
    }

    private static AofException invalid(String reason, int number, String line) {
        return new AofException(
                "Reading the manifest file, at line " + number + " >>> '" + line + "': " + reason);
    }
}
