package dev.lockstep.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One RESP reply that remembers its exact type on the wire, so that two servers can be compared byte for byte.
 *
 * <p>{@link #toString()} is the canonical text used in comparisons and in the case files: {@code +OK}, {@code -ERR no},
 * {@code :1}, {@code "bulk \x00"}, {@code nil} (RESP2 null bulk), {@code nil-array} (RESP2 null array), {@code null}
 * (RESP3), {@code [a, b]} (array), {@code %{k: v}} (map), {@code ~[..]} (set), {@code >[..]} (push), {@code ,1.5}
 * (double), {@code #t}/{@code #f}, {@code (123} (big number), {@code =txt:"..."} (verbatim).
 */
public sealed interface Reply {

    record Simple(String text) implements Reply {
        @Override
        public String toString() {
            return "+" + text;
        }
    }

    record Failure(String text) implements Reply {
        @Override
        public String toString() {
            return "-" + text;
        }
    }

    record Int(long value) implements Reply {
        @Override
        public String toString() {
            return ":" + value;
        }
    }

    record Bulk(byte[] bytes) implements Reply {
        @Override
        public boolean equals(Object other) {
            return other instanceof Bulk b && Arrays.equals(bytes, b.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return CommandLine.quote(bytes);
        }
    }

    /** The three nulls: {@code $-1}, {@code *-1} and RESP3's {@code _}. */
    enum Nil implements Reply {
        BULK("nil"),
        ARRAY("nil-array"),
        RESP3("null");

        private final String printed;

        Nil(String printed) {
            this.printed = printed;
        }

        @Override
        public String toString() {
            return printed;
        }
    }

    /** An ordered collection of replies: array, set or push; {@code prefix} is what its text starts with. */
    record Items(String prefix, List<Reply> elements) implements Reply {
        @Override
        public String toString() {
            return prefix + elements;
        }
    }

    record Dict(Map<Reply, Reply> entries) implements Reply {
        @Override
        public String toString() {
            List<String> pairs = new ArrayList<>();
            entries.forEach((k, v) -> pairs.add(k + ": " + v));
            return "%{" + String.join(", ", pairs) + "}";
        }
    }

    /** A double, kept as the text that was on the wire. */
    record Dbl(String text) implements Reply {
        @Override
        public String toString() {
            return "," + text;
        }
    }

    record Bool(boolean value) implements Reply {
        @Override
        public String toString() {
            return value ? "#t" : "#f";
        }
    }

    record BigNumber(String digits) implements Reply {
        @Override
        public String toString() {
            return "(" + digits;
        }
    }

    record Verbatim(String format, byte[] bytes) implements Reply {
        @Override
        public boolean equals(Object other) {
            return other instanceof Verbatim v
                    && format.equals(v.format)
                    && Arrays.equals(bytes, v.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return "=" + format + ":" + CommandLine.quote(bytes);
        }
    }

    /** True for an error reply. */
    default boolean isError() {
        return this instanceof Failure;
    }

    /** True for any of the three nulls. */
    default boolean isNil() {
        return this instanceof Nil;
    }

    /** The elements of an array, set or push; a map's keys and values alternating. */
    default List<Reply> items() {
        if (this instanceof Items items) {
            return items.elements();
        }
        if (this instanceof Dict dict) {
            List<Reply> flat = new ArrayList<>();
            dict.entries()
                    .forEach(
                            (k, v) -> {
                                flat.add(k);
                                flat.add(v);
                            });
            return flat;
        }
        throw new AssertionError("not a collection: " + this);
    }

    /** The bytes of a bulk or verbatim string. */
    default byte[] bytes() {
        throw new AssertionError("not a string: " + this);
    }

    /** The text of a status, error or double; a string's bytes as Latin-1; an integer in digits. */
    default String text() {
        if (this instanceof Int i) {
            return Long.toString(i.value());
        }
        return new String(bytes(), StandardCharsets.ISO_8859_1);
    }

    /** The value of an integer reply. */
    default long integer() {
        if (this instanceof Int i) {
            return i.value();
        }
        throw new AssertionError("not an integer: " + this);
    }

    /** A flat array of field, value, ... or a map, by field name. */
    default Map<String, Reply> fields() {
        List<Reply> flat = items();
        Map<String, Reply> fields = new LinkedHashMap<>();
        for (int i = 0; i + 1 < flat.size(); i += 2) {
            fields.put(flat.get(i).text(), flat.get(i + 1));
        }
        return fields;
    }
}
