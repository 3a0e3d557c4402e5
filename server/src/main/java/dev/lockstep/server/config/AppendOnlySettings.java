package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.DENIED_WHILE_LOADING;
import static dev.lockstep.server.config.Trait.HIDDEN;
import static dev.lockstep.server.config.Trait.IMMUTABLE;

/** The append-only file: whether there is one, where, how durable it is, and when it is written anew. */
public final class AppendOnlySettings extends SettingGroup {
    /** When what was written is forced to disk. */
    public enum Fsync {
        EVERYSEC,
        ALWAYS,
        NO
    }

    public final BooleanSetting enabled = bool("appendonly", false, DENIED_WHILE_LOADING);
    public final TextSetting fileName =
            checkedText(
                    "appendfilename",
                    "appendonly.aof",
                    FileNames.plain("appendfilename", "filename", false),
                    IMMUTABLE);
    public final TextSetting directoryName =
            checkedText(
                    "appenddirname",
                    "appendonlydir",
                    FileNames.plain("appenddirname", "dirname", false),
                    IMMUTABLE);
    public final ChoiceSetting<Fsync> fsync = choice("appendfsync", Fsync.EVERYSEC);
    public final BooleanSetting noFsyncOnRewrite = bool("no-appendfsync-on-rewrite", false);
    public final IntSetting rewritePercentage =
            number("auto-aof-rewrite-percentage", 100, 0, INT_MAX);
    public final MemorySetting rewriteMinSize =
            memory("auto-aof-rewrite-min-size", 64 * MB, 0, LONG_MAX);
    public final BooleanSetting loadTruncated = bool("aof-load-truncated", true);
    public final BooleanSetting rdbPreamble = bool("aof-use-rdb-preamble", true);
    public final BooleanSetting timestamps = bool("aof-timestamp-enabled", false);
    public final BooleanSetting incrementalFsync = bool("aof-rewrite-incremental-fsync", true);

    /** Keeps what a rewrite has made superfluous. For tests. */
    public final BooleanSetting keepHistory = bool("aof-disable-auto-gc", false, HIDDEN);

    AppendOnlySettings() {
        super("Append-only file");
    }
}
