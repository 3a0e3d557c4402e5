package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.server.LockstepServer;
import java.nio.charset.StandardCharsets;

/**
 * Blocking commands for tests: TAKE key [key ...] seconds waits for a string, replies the key and it, and deletes it; WATCHGONE
 * key millis waits until the key is gone, or what it holds is not "wait".
 */
public final class TakeCommand {
    private TakeCommand() {}

    public static void register(LockstepServer server) {
        server.commands()
                .add(
                        command("take", TakeCommand::take)
                                .arity(-3)
                                .flags(Flag.WRITE, Flag.BLOCKING)
                                .keys(KeySpec.range(1, -2, 1, "RW")),
                        command("watchgone", TakeCommand::watchGone)
                                .arity(3)
                                .flags(Flag.READONLY, Flag.BLOCKING)
                                .keys(KeySpec.range(1, 0, 1, "RO")));
    }

    private static void take(Call call) {
        int last = call.args().argc() - 1;
        long end = Timeouts.endOfSeconds(call, last);
        for (int i = 1; i < last; i++) {
            int cell = call.writeString(i);
            if (cell != 0) {
                call.reply().array(2);
                call.reply().bulk(call.args().copy(i));
                call.reply().bulk(value(call, cell));
                call.db().delete(cell);
                call.modified(i);
                call.propagate(2).arg("DEL").arg(call.args(), i);
                return;
            }
        }
        if (call.mayBlock()) {
            call.block(ValueType.STRING, 1, last - 1, end);
        } else {
            call.reply().nullArray();
        }
    }

    private static void watchGone(Call call) {
        int cell = call.readString(1);
        if (cell == 0) {
            call.error("NOGROUP gone");
        } else if (value(call, cell).equals("wait") && call.mayBlock()) {
            call.blockOrGone(ValueType.STRING, 1, 1, Timeouts.endOfMillis(call, 2));
        } else {
            call.reply().bulk(value(call, cell));
        }
    }

    private static String value(Call call, int cell) {
        StringValue value = call.value(cell);
        return new String(
                value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
    }
}
