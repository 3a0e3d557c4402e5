package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.View;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.DatasetDigest;
import dev.lockstep.server.LockstepServer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The subcommands of DEBUG that are about the data. */
final class DebugData {
    private static final Logger LOG = LoggerFactory.getLogger(DebugData.class);
    private static final CommandException OUT_OF_RANGE_DATABASE =
            new CommandException("ERR Out of range database");
    private static final CommandException RELOAD_OPTIONS =
            new CommandException(
                    "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    private static final CommandException SAVE_FAILED = new CommandException("ERR");
    private static final CommandException LOAD_AOF_FAILED =
            new CommandException("ERR Error trying to load the AOF files, check server logs.");
    private static final CommandException LOAD_FAILED =
            new CommandException("ERR Error trying to load the RDB dump, check server logs.");

    private DebugData() {}

    static void digest(Call call) {
        View view = call.server().keyspace().freeze();
        try {
            call.reply().simple(new DatasetDigest().of(view));
        } finally {
            view.close();
        }
    }

    static void digestValue(Call call) {
        DatasetDigest digest = new DatasetDigest();
        int argc = call.args().argc();
        call.reply().array(argc - 2);
        for (int i = 2; i < argc; i++) {
            call.reply().simple(digest.ofValue(call.db(), call.peek(i)));
        }
    }

    static void indexFacts(Call call) {
        long number = call.longArg(2);
        if (number < 0 || number >= call.server().keyspace().databases()) {
            throw OUT_OF_RANGE_DATABASE;
        }
        Database db = call.server().keyspace().database((int) number);
        String text =
                "[Dictionary HT]\nkeys: "
                        + db.size()
                        + "\n[Expires HT]\nkeys: "
                        + db.volatileCount()
                        + "\n";
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.US_ASCII));
    }

    static void reload(Call call) {
        boolean flush = true;
        boolean save = true;
        boolean merge = false;
        for (int i = 2; i < call.args().argc(); i++) {
            switch (call.args().text(i).toLowerCase(Locale.ROOT)) {
                case "merge" -> merge = true;
                case "noflush" -> flush = false;
                case "nosave" -> save = false;
                default -> throw RELOAD_OPTIONS;
            }
        }
        LockstepServer server = call.server();
        if (save && !server.snapshots().save()) {
            throw SAVE_FAILED;
        }
        if (!server.snapshots().loading().reload(flush, merge)) {
            throw LOAD_FAILED;
        }
        LOG.warn("DB reloaded by DEBUG RELOAD");
        call.reply().ok();
    }

    static void loadAof(Call call) {
        if (!call.server().aof().load().reload()) {
            throw LOAD_AOF_FAILED;
        }
        call.reply().ok();
    }

    static void aofFlushSleep(Call call) {
        call.server().aof().sleepBeforeWrites(call.longArg(2));
        call.reply().ok();
    }

    static void skipChecksums(Call call) {
        boolean skip = call.args().isLong(2) && call.args().longAt(2) != 0;
        call.server().snapshots().loading().skipChecksums(skip);
        call.reply().ok();
    }

    static void populate(Call call) {
        Request args = call.args();
        long count = nonNegative(call, 2);
        String prefix = args.argc() > 3 ? args.text(3) : "key";
        int size = args.argc() > 4 ? (int) nonNegative(call, 4) : 0;
        Database db = call.db();
        for (long i = 0; i < count; i++) {
            byte[] key = (prefix + ':' + i).getBytes(StandardCharsets.ISO_8859_1);
            if (db.find(key, 0, key.length) == 0) {
                byte[] value = ("value:" + i).getBytes(StandardCharsets.ISO_8859_1);
                value = size == 0 ? value : Arrays.copyOf(value, size);
                db.setString(key, 0, key.length, value, 0, value.length, -1);
                call.server()
                        .signals()
                        .modified(call.client(), call.client().database, key, 0, key.length);
            }
        }
        call.reply().ok();
    }

    private static long nonNegative(Call call, int arg) {
        Request args = call.args();
        if (!args.isLong(arg) || args.longAt(arg) < 0 || args.longAt(arg) > Integer.MAX_VALUE) {
            throw new CommandException(ErrorReplies.OUT_OF_RANGE_POSITIVE);
        }
        return args.longAt(arg);
    }
}
