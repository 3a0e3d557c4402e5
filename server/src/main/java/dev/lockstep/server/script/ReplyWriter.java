package dev.lockstep.server.script;

import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.server.Stats;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.Command;

/** Replies with what a script returns. Executor only. */
final class ReplyWriter {
    private static final double TWO_TO_63 = 0x1p63;

    private final LuaVm vm;
    private final Stats stats;
    private final long state;
    private final ReplyBuffer reply;
    private final Command command;
    private int scriptProtocol;

    /** Writes to the reply of a call. */
    ReplyWriter(LuaVm vm, Call call, Stats stats) {
        this.vm = vm;
        reply = call.reply();
        command = call.command();
        this.stats = stats;
        state = vm.state();
    }

    /**
     * Replies with the value on top of the stack and pops it.
     *
     * @param protocol what the script has chosen with setresp: it decides what a boolean is
     */
    void write(int protocol) {
        scriptProtocol = protocol;
        value();
    }

    private void value() {
        if (!vm.room(state, 4)) {
            reply.error("ERR reached lua stack limit");
            vm.pop(state, 1);
            return;
        }
        switch (vm.type(state, -1)) {
            case LuaVm.STRING -> reply.bulk(vm.bytes(state, -1));
            case LuaVm.NUMBER -> reply.integer(integer(vm.number(state, -1)));
            case LuaVm.BOOLEAN -> bool(vm.bool(state, -1));
            case LuaVm.TABLE -> table();
            default -> reply.nullBulk();
        }
        vm.pop(state, 1);
    }

    /** A number without its fraction; what a long can't hold is its minimum, as the processors that Redis runs on have it. */
    private static long integer(double number) {
        return Math.abs(number) < TWO_TO_63 ? (long) number : Long.MIN_VALUE;
    }

    private void bool(boolean value) {
        if (scriptProtocol == 3) {
            reply.bool(value);
        } else if (value) {
            reply.integer(1);
        } else {
            reply.nullBulk();
        }
    }

    private void table() {
        if (!error() && !status() && !number() && !bigNumber() && !verbatim() && !map() && !set()) {
            elements();
        }
    }

    /** Pushes a field if it is of this type. */
    private boolean has(String field, int type) {
        vm.field(state, -1, field);
        if (vm.type(state, -1) == type) {
            return true;
        }
        vm.pop(state, 1);
        return false;
    }

    private boolean error() {
        if (!has("err", LuaVm.STRING)) {
            return false;
        }
        String error = vm.text(state, -1);
        vm.pop(state, 1);
        reply.error(error);
        vm.field(state, -1, LuaVm.ERROR_IS_COUNTED);
        if (vm.bool(state, -1)) {
            command.stats.failedCalls++;
        } else {
            stats.countError(error);
        }
        vm.pop(state, 1);
        return true;
    }

    private boolean status() {
        if (!has("ok", LuaVm.STRING)) {
            return false;
        }
        reply.simple(vm.text(state, -1).replace('\r', ' ').replace('\n', ' '));
        vm.pop(state, 1);
        return true;
    }

    private boolean number() {
        if (!has("double", LuaVm.NUMBER)) {
            return false;
        }
        reply.doubleValue(vm.number(state, -1));
        vm.pop(state, 1);
        return true;
    }

    private boolean bigNumber() {
        if (!has("big_number", LuaVm.STRING)) {
            return false;
        }
        String digits = vm.text(state, -1).replace('\r', ' ').replace('\n', ' ');
        reply.bigNumber(digits);
        vm.pop(state, 1);
        return true;
    }

    private boolean verbatim() {
        if (!has("verbatim_string", LuaVm.TABLE)) {
            return false;
        }
        if (has("format", LuaVm.STRING)) {
            String format = (vm.text(state, -1) + "   ").substring(0, 3);
            vm.pop(state, 1);
            if (has("string", LuaVm.STRING)) {
                reply.verbatim(format, vm.bytes(state, -1));
                vm.pop(state, 2);
                return true;
            }
        }
        vm.pop(state, 1);
        return false;
    }

    private boolean map() {
        if (!has("map", LuaVm.TABLE)) {
            return false;
        }
        int mark = reply.deferMap();
        int pairs = 0;
        vm.pushNil(state);
        while (vm.next(state, -2)) {
            vm.pushCopy(state, -2);
            value();
            value();
            pairs++;
        }
        reply.endMap(mark, pairs);
        vm.pop(state, 1);
        return true;
    }

    private boolean set() {
        if (!has("set", LuaVm.TABLE)) {
            return false;
        }
        int mark = reply.deferSet();
        int members = 0;
        vm.pushNil(state);
        while (vm.next(state, -2)) {
            vm.pop(state, 1);
            vm.pushCopy(state, -1);
            value();
            members++;
        }
        reply.endSet(mark, members);
        vm.pop(state, 1);
        return true;
    }

    private void elements() {
        int mark = reply.deferArray();
        int count = 0;
        while (true) {
            vm.element(state, -1, count + 1);
            if (vm.type(state, -1) == LuaVm.NIL) {
                vm.pop(state, 1);
                break;
            }
            value();
            count++;
        }
        reply.endArray(mark, count);
    }
}
