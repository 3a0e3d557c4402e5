package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.migrate.MigrationTarget;

/** MIGRATE: takes keys to another server. */
final class MigrateCommand {
    private static final byte[] COPY = Call.word("copy");
    private static final byte[] REPLACE = Call.word("replace");
    private static final byte[] AUTH = Call.word("auth");
    private static final byte[] AUTH2 = Call.word("auth2");
    private static final byte[] KEYS = Call.word("keys");
    private static final int OPTIONS = 6;
    private static final long DEFAULT_TIMEOUT_MILLIS = 1000;

    private static final CommandException KEY_AND_KEYS =
            new CommandException(
                    "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string");

    private MigrateCommand() {}

    static void register(CommandTable table) {
        table.add(
                command("migrate", MigrateCommand::migrate)
                        .arity(-6)
                        .flags(Flag.WRITE)
                        .acl(Category.KEYSPACE, Category.DANGEROUS)
                        .keys(
                                KeySpec.range(3, 0, 1, "RW", "ACCESS", "DELETE"),
                                KeySpec.keywordRange(
                                        "KEYS", -2, -1, "RW", "ACCESS", "DELETE", "incomplete"))
                        .tips("nondeterministic_output")
                        .docs(
                                "generic",
                                "2.6.0",
                                "O(N) where N is the size of the values, on both servers and between them",
                                "Moves keys to another server.")
                        .syntax(
                                "host port:integer key-selector(key | empty-string='') destination-db:integer"
                                        + " timeout:integer [COPY@3.0.0] [REPLACE@3.0.0]"
                                        + " [authentication(AUTH auth<password>@4.0.7 |"
                                        + " AUTH2 auth2{username password}@6.0.0)]"
                                        + " [KEYS keys:key<key>@3.0.6 ...]")
                        .history(
                                "3.0.0 Added `COPY` and `REPLACE`.",
                                "3.0.6 Added `KEYS`.",
                                "4.0.7 Added `AUTH`.",
                                "6.0.0 Added `AUTH2`."));
    }

    private static void migrate(Call call) {
        Request args = call.args();
        boolean copies = false;
        boolean replace = false;
        byte[] user = null;
        byte[] password = null;
        int firstKey = 3;
        int keys = 1;
        for (int i = OPTIONS; i < args.argc(); i++) {
            int more = args.argc() - 1 - i;
            if (call.is(i, COPY)) {
                copies = true;
            } else if (call.is(i, REPLACE)) {
                replace = true;
            } else if (call.is(i, AUTH) && more >= 1) {
                password = args.copy(++i);
            } else if (call.is(i, AUTH2) && more >= 2) {
                user = args.copy(++i);
                password = args.copy(++i);
            } else if (call.is(i, KEYS)) {
                if (args.length(3) > 0) {
                    throw KEY_AND_KEYS;
                }
                firstKey = i + 1;
                keys = more;
                break;
            } else {
                throw Call.SYNTAX;
            }
        }
        long timeout = call.longArg(5);
        long database = call.longArg(4);
        boolean encrypted = call.server().config().tls.cluster.get();
        MigrationTarget target =
                new MigrationTarget(
                        args.text(1),
                        port(args.text(2)),
                        database,
                        timeout <= 0 ? DEFAULT_TIMEOUT_MILLIS : timeout,
                        user,
                        password,
                        encrypted ? call.server().tls()::engineTo : null);
        call.server().migrations().migrate(call, target, copies, replace, firstKey, keys);
    }

    /** The number that a text begins with, 0 if it begins with none or one that is no port: nobody listens there. */
    private static int port(String text) {
        int number = 0;
        for (int i = 0; i < text.length() && Character.digit(text.charAt(i), 10) >= 0; i++) {
            number = number * 10 + Character.digit(text.charAt(i), 10);
            if (number > 0xffff) {
                return 0;
            }
        }
        return number;
    }
}
