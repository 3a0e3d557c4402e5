package dev.lockstep.server.script;

import dev.lockstep.protocol.Quoted;
import java.nio.charset.StandardCharsets;

/** A reply in one line, for people: as the debugger of scripts shows what commands have replied. */
final class ReplyText {
    private final byte[] reply;
    private final StringBuilder text = new StringBuilder();
    private int at;

    private ReplyText(byte[] reply) {
        this.reply = reply;
    }

    /** The text of one encoded reply; one character for each byte. */
    static String of(byte[] reply) {
        ReplyText shown = new ReplyText(reply);
        shown.value();
        return shown.text.toString();
    }

    private void value() {
        int begin = at;
        int end = lineEnd();
        at = end + 2;
        switch (reply[begin]) {
            case ':' -> text.append(latin1(begin + 1, end));
            case '+', '-' -> Quoted.append(text, reply, begin, end);
            case '$' -> bulk(count(begin, end));
            case '*' -> elements(count(begin, end), "[", "]");
            case '~' -> elements(count(begin, end), "~(", ")");
            case '%' -> map(count(begin, end));
            case '_' -> text.append("(null)");
            case '#' -> text.append(reply[begin + 1] == 't' ? "#true" : "#false");
            case ',' -> text.append("(double) ").append(latin1(begin + 1, end));
            case '(' -> text.append("(big number) ").append(latin1(begin + 1, end));
            case '=' -> bulk(count(begin, end));
            default -> text.append(latin1(begin, end));
        }
    }

    private int lineEnd() {
        int end = at;
        while (reply[end] != '\r') {
            end++;
        }
        return end;
    }

    private int count(int begin, int end) {
        return Integer.parseInt(latin1(begin + 1, end));
    }

    private String latin1(int from, int to) {
        return new String(reply, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private void bulk(int length) {
        if (length < 0) {
            text.append("NULL");
            return;
        }
        Quoted.append(text, reply, at, at + length);
        at += length + 2;
    }

    private void elements(int count, String opening, String closing) {
        if (count < 0) {
            text.append("NULL");
            return;
        }
        text.append(opening);
        for (int i = 0; i < count; i++) {
            text.append(i > 0 ? "," : "");
            value();
        }
        text.append(closing);
    }

    private void map(int pairs) {
        text.append('{');
        for (int i = 0; i < pairs; i++) {
            text.append(i > 0 ? "," : "");
            value();
            text.append(" => ");
            value();
        }
        text.append('}');
    }
}
