package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.DENIED_WHILE_LOADING;
import static dev.lockstep.server.config.Trait.HIDDEN;
import static dev.lockstep.server.config.Trait.IMMUTABLE;
import static dev.lockstep.server.config.Trait.refusedUnless;
import static dev.lockstep.server.config.Trait.unused;

/**
 * The append-only file, which this version doesn't have. Turning it on is refused, since a durability that was promised
 * must be kept; its other directives are accepted so that a shared file still loads.
 */
public final class AppendOnlySettings extends SettingGroup {
    enum Fsync {
        EVERYSEC,
        ALWAYS,
        NO
    }

    private static final Trait NO_AOF = unused("there is no append-only file in this version");

    {
        bool(
                "appendonly",
                false,
                DENIED_WHILE_LOADING,
                refusedUnless(
                        "no",
                        "appendonly must be no: this version of Lockstep has no append-only file; use save points"
                                + " instead, such as 'save 60 1'"));
        checkedText(
                "appendfilename",
                "appendonly.aof",
                FileNames.plain("appendfilename", "filename", false),
                IMMUTABLE,
                NO_AOF);
        checkedText(
                "appenddirname",
                "appendonlydir",
                FileNames.plain("appenddirname", "dirname", false),
                IMMUTABLE,
                NO_AOF);
        choice("appendfsync", Fsync.EVERYSEC, NO_AOF);
        bool("no-appendfsync-on-rewrite", false, NO_AOF);
        number("auto-aof-rewrite-percentage", 100, 0, INT_MAX, NO_AOF);
        memory("auto-aof-rewrite-min-size", 64 * MB, 0, LONG_MAX, NO_AOF);
        bool("aof-load-truncated", true, NO_AOF);
        bool("aof-use-rdb-preamble", true, NO_AOF);
        bool("aof-timestamp-enabled", false, NO_AOF);
        bool("aof-rewrite-incremental-fsync", true, NO_AOF);
        bool("aof-disable-auto-gc", false, HIDDEN, NO_AOF);
    }

    AppendOnlySettings() {
        super("Append-only file");
    }
}
