package dev.lockstep.server.script;

import dev.lockstep.protocol.Decimal;

/**
 * Makes Lua values of replies. Simple strings and errors become tables with a field ok or err, nil becomes false; in RESP3
 * the other types become tables with a field that names the type. Executor only.
 */
final class ReplyReader {
    private final LuaVm vm;
    private long to;
    private byte[] array;
    private int at;
    private int lineStart;
    private int lineEnd;

    ReplyReader(LuaVm vm) {
        this.vm = vm;
    }

    /** Pushes the value of the reply that an array begins with; false if that is an error. */
    boolean push(long state, byte[] encoded) {
        to = state;
        array = encoded;
        at = 0;
        boolean failed = array[0] == '-';
        value();
        array = null;
        return !failed;
    }

    private void line() {
        lineStart = at;
        while (array[at] != '\r') {
            at++;
        }
        lineEnd = at;
        at += 2;
    }

    private long count() {
        line();
        return Decimal.parseLong(array, lineStart, lineEnd - lineStart);
    }

    private void value() {
        if (!vm.room(to, 8)) {
            throw new IllegalStateException("a reply is nested too deeply");
        }
        int type = array[at++];
        switch (type) {
            case '+' -> {
                line();
                tagged("ok");
            }
            case '-' -> {
                line();
                tagged("err");
                vm.push(to, true);
                vm.setField(to, -2, LuaVm.ERROR_IS_COUNTED);
            }
            case ':' -> vm.push(to, count());
            case '$' -> bulk();
            case '*' -> elements();
            case '_' -> {
                line();
                vm.pushNil(to);
            }
            case '#' -> {
                line();
                vm.push(to, array[lineStart] == 't');
            }
            case ',' -> number();
            case '(' -> {
                line();
                tagged("big_number");
            }
            case '=' -> verbatim();
            case '%' -> map();
            case '~' -> set();
            case '|' -> attributes();
            default -> throw new IllegalStateException("unknown type of reply: " + (char) type);
        }
    }

    private void tagged(String field) {
        vm.newTable(to, 0, 2);
        vm.push(to, array, lineStart, lineEnd - lineStart);
        vm.setField(to, -2, field);
    }

    private void bulk() {
        int length = (int) count();
        if (length < 0) {
            vm.push(to, false);
            return;
        }
        vm.push(to, array, at, length);
        at += length + 2;
    }

    private void elements() {
        int count = (int) count();
        if (count < 0) {
            vm.push(to, false);
            return;
        }
        vm.newTable(to, count, 0);
        for (int i = 1; i <= count; i++) {
            value();
            vm.setElement(to, -2, i);
        }
    }

    private void number() {
        line();
        double number = Decimal.parseDouble(array, lineStart, lineEnd - lineStart);
        vm.newTable(to, 0, 1);
        vm.push(to, number);
        vm.setField(to, -2, "double");
    }

    private void verbatim() {
        int length = (int) count();
        vm.newTable(to, 0, 1);
        vm.newTable(to, 0, 2);
        vm.push(to, array, at + 4, length - 4);
        vm.setField(to, -2, "string");
        vm.push(to, array, at, 3);
        vm.setField(to, -2, "format");
        vm.setField(to, -2, "verbatim_string");
        at += length + 2;
    }

    private void map() {
        int pairs = (int) count();
        vm.newTable(to, 0, 1);
        vm.newTable(to, 0, pairs);
        for (int i = 0; i < pairs; i++) {
            value();
            value();
            vm.setRaw(to, -3);
        }
        vm.setField(to, -2, "map");
    }

    /** Passes over attributes, which scripts don't get to see, to what they belong to. */
    private void attributes() {
        int pairs = (int) count();
        for (int i = 0; i < 2 * pairs; i++) {
            value();
            vm.pop(to, 1);
        }
        value();
    }

    private void set() {
        int members = (int) count();
        vm.newTable(to, 0, 1);
        vm.newTable(to, 0, members);
        for (int i = 0; i < members; i++) {
            value();
            vm.push(to, true);
            vm.setRaw(to, -3);
        }
        vm.setField(to, -2, "set");
    }
}
