package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.DENIED_WHILE_LOADING;
import static dev.lockstep.server.config.Trait.HIDDEN;
import static dev.lockstep.server.config.Trait.IMMUTABLE;
import static dev.lockstep.server.config.Trait.PROTECTED;
import static dev.lockstep.server.config.Trait.unused;

import java.util.List;

/** When and where the dataset is saved, and how RDB is written and read. */
public final class SnapshotSettings extends SettingGroup {
    /** Whose payloads are checked in full before they are used. */
    public enum Sanitize {
        NO,
        YES,
        CLIENTS
    }

    public final DirectorySetting dir =
            declare(new DirectorySetting("dir", PROTECTED, DENIED_WHILE_LOADING));
    public final TextSetting dbFilename =
            checkedText(
                    "dbfilename",
                    "dump.rdb",
                    FileNames.plain("dbfilename", "filename", true),
                    PROTECTED);
    public final SavePointsSetting save =
            declare(
                    new SavePointsSetting(
                            "save",
                            List.of(
                                    new SavePoint(3600, 1),
                                    new SavePoint(300, 100),
                                    new SavePoint(60, 10000))));
    public final BooleanSetting stopWritesOnBgsaveError = bool("stop-writes-on-bgsave-error", true);
    public final BooleanSetting rdbCompression = bool("rdbcompression", true);
    public final BooleanSetting rdbChecksum = bool("rdbchecksum", true, IMMUTABLE);
    public final BooleanSetting rdbDelSyncFiles = bool("rdb-del-sync-files", false);
    public final BooleanSetting rdbSaveIncrementalFsync = bool("rdb-save-incremental-fsync", true);
    public final ChoiceSetting<Sanitize> sanitizeDumpPayload =
            choice(
                    "sanitize-dump-payload",
                    Sanitize.NO,
                    unused("every payload is checked: bad bytes must not reach the data"));

    /** Microseconds to wait for each key saved; negative saves that many keys per microsecond. For tests. */
    public final IntSetting rdbKeySaveDelay =
            number("rdb-key-save-delay", 0, INT_MIN, INT_MAX, HIDDEN);

    /** The same for each key loaded. For tests. */
    public final IntSetting keyLoadDelay = number("key-load-delay", 0, INT_MIN, INT_MAX, HIDDEN);

    /** So much of a load must be read before commands that it refuses are told so. */
    public final LongSetting loadingEventsInterval =
            bigNumber("loading-process-events-interval-bytes", 2 * MB, 1024, INT_MAX, HIDDEN);

    SnapshotSettings() {
        super("Snapshots");
    }
}
