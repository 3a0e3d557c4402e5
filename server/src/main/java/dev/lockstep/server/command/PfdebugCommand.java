package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.server.hyperloglog.HyperLogLogLayout;
import dev.lockstep.server.hyperloglog.SparseOpcode;
import java.util.Locale;

/** PFDEBUG: how a key's HyperLogLog is stored. */
final class PfdebugCommand {
    private static final CommandException NO_KEY =
            new CommandException("ERR The specified key does not exist");
    private static final CommandException NOT_SPARSE =
            new CommandException("ERR HLL encoding is not sparse");

    private final HyperLogLogValue value;

    private PfdebugCommand(HyperLogLogValue value) {
        this.value = value;
    }

    static void register(CommandTable table, HyperLogLogValue value) {
        table.add(
                command("pfdebug", new PfdebugCommand(value)::run)
                        .arity(3)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.ADMIN)
                        .acl(Category.HYPERLOGLOG)
                        .keys(KeySpec.range(2, 0, 1, "RW", "ACCESS"))
                        .system()
                        .docs(
                                "hyperloglog",
                                "2.8.9",
                                "N/A",
                                "Shows or changes how a HyperLogLog is stored.")
                        .syntax("subcommand key"));
    }

    private void run(Call call) {
        int cell = call.write(2);
        if (cell == 0) {
            throw NO_KEY;
        }
        value.open(call, 2, cell);
        String subcommand = call.args().text(1);
        switch (subcommand.toLowerCase(Locale.ROOT)) {
            case "getreg" -> getreg(call);
            case "decode" -> call.reply().bulk(decode());
            case "encoding" -> call.reply().simple(value.isSparse() ? "sparse" : "dense");
            case "todense" -> call.reply().integer(makeDense(call) ? 1 : 0);
            default ->
                    throw new CommandException(
                            "ERR Unknown PFDEBUG subcommand '" + subcommand + "'");
        }
    }

    private boolean makeDense(Call call) {
        if (!value.isSparse()) {
            return false;
        }
        value.makeDense();
        call.changed(1);
        return true;
    }

    private void getreg(Call call) {
        makeDense(call);
        call.reply().array(HyperLogLogLayout.REGISTERS);
        for (int i = 0; i < HyperLogLogLayout.REGISTERS; i++) {
            call.reply().integer(value.denseRegister(i));
        }
    }

    /** The opcodes as text, corrupt ones too; where the second byte of the last one is missing, it counts as zero. */
    private String decode() {
        if (!value.isSparse()) {
            throw NOT_SPARSE;
        }
        StringValue string = value.string();
        int from = string.offset() + HyperLogLogLayout.HEADER_BYTES;
        int end = string.length() - HyperLogLogLayout.HEADER_BYTES;
        byte[] opcodes = new byte[end + 1];
        System.arraycopy(string.array(), from, opcodes, 0, end);
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < end; at += SparseOpcode.bytes(opcodes[at])) {
            if (SparseOpcode.isValue(opcodes[at])) {
                text.append("v:").append(SparseOpcode.value(opcodes[at])).append(',');
            } else {
                text.append(SparseOpcode.isXzero(opcodes[at]) ? "Z:" : "z:");
            }
            text.append(SparseOpcode.span(opcodes, at)).append(' ');
        }
        return text.toString().trim();
    }
}
