package dev.lockstep.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What may differ between two servers' replies to one command; written {@code ~ kind argument} under it in a case file.
 *
 * <ul>
 *   <li>{@code exact}: nothing (the default)
 *   <li>{@code type}: everything but the reply's type
 *   <li>{@code sorted}: the order of a collection's elements
 *   <li>{@code unordered}: the order of elements at any depth
 *   <li>{@code command-info}: as unordered, and the notes on a command's keys, which are prose
 *   <li>{@code pairs}: the order of a map's entries, or of an array's consecutive pairs
 *   <li>{@code near N}: an integer, by at most N
 *   <li>{@code error}: an error's text after its first word
 *   <li>{@code strip REGEX}: every part of the printed reply that the expression finds
 *   <li>{@code match REGEX}: anything, if both printed replies contain the expression
 * </ul>
 */
public record Tolerance(String kind, String argument) {
    private static final Reply NOTES = new Reply.Bulk("notes".getBytes(StandardCharsets.US_ASCII));

    public static final Tolerance EXACT = new Tolerance("exact", "");

    public static Tolerance parse(String text) {
        int space = text.indexOf(' ');
        Tolerance tolerance =
                space < 0
                        ? new Tolerance(text, "")
                        : new Tolerance(text.substring(0, space), text.substring(space + 1));
        if (!List.of(
                        "exact",
                        "type",
                        "sorted",
                        "unordered",
                        "command-info",
                        "pairs",
                        "near",
                        "error",
                        "strip",
                        "match")
                .contains(tolerance.kind)) {
            throw new IllegalArgumentException("unknown tolerance: " + text);
        }
        return tolerance;
    }

    public boolean accepts(Reply stock, Reply lockstep) {
        return switch (kind) {
            case "near" -> near(stock, lockstep);
            case "match" ->
                    Pattern.compile(argument).matcher(stock.toString()).find()
                            && Pattern.compile(argument).matcher(lockstep.toString()).find();
            default -> normalize(stock).equals(normalize(lockstep));
        };
    }

    private boolean near(Reply stock, Reply lockstep) {
        return stock instanceof Reply.Int a
                && lockstep instanceof Reply.Int b
                && Math.abs(a.value() - b.value()) <= Long.parseLong(argument);
    }

    private String normalize(Reply reply) {
        return switch (kind) {
            case "type" -> reply.getClass().getSimpleName();
            case "sorted" ->
                    reply instanceof Reply.Items items
                            ? items.prefix()
                                    + items.elements().stream()
                                            .map(Reply::toString)
                                            .sorted()
                                            .toList()
                            : reply.toString();
            case "pairs" ->
                    reply instanceof Reply.Items || reply instanceof Reply.Dict
                            ? reply.getClass().getSimpleName() + new TreeMap<>(reply.fields())
                            : reply.toString();
            case "unordered" -> unordered(reply);
            case "command-info" -> unordered(withoutNotes(reply));
            case "error" -> reply.toString().split(" ", 2)[0];
            case "strip" -> reply.toString().replaceAll(argument, "*");
            default -> reply.toString();
        };
    }

    private static String unordered(Reply reply) {
        if (reply instanceof Reply.Items items) {
            return items.prefix()
                    + items.elements().stream().map(Tolerance::unordered).sorted().toList();
        }
        if (reply instanceof Reply.Dict dict) {
            return dict.entries().entrySet().stream()
                    .map(e -> e.getKey() + ": " + unordered(e.getValue()))
                    .sorted()
                    .toList()
                    .toString();
        }
        return reply.toString();
    }

    private static Reply withoutNotes(Reply reply) {
        if (reply instanceof Reply.Items items) {
            List<Reply> kept = new ArrayList<>();
            Iterator<Reply> elements = items.elements().iterator();
            while (elements.hasNext()) {
                Reply element = elements.next();
                if (element.equals(NOTES) && elements.hasNext()) {
                    elements.next();
                } else {
                    kept.add(withoutNotes(element));
                }
            }
            return new Reply.Items(items.prefix(), kept);
        }
        if (reply instanceof Reply.Dict dict) {
            Map<Reply, Reply> kept = new LinkedHashMap<>();
            dict.entries().forEach((k, v) -> kept.put(k, withoutNotes(v)));
            kept.remove(NOTES);
            return new Reply.Dict(kept);
        }
        return reply;
    }

    @Override
    public String toString() {
        return argument.isEmpty() ? kind : kind + " " + argument;
    }
}
