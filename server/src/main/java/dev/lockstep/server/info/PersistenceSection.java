package dev.lockstep.server.info;

import dev.lockstep.server.LoadProgress;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.Snapshots;
import dev.lockstep.server.aof.AofRewrite;
import dev.lockstep.server.aof.AppendOnlyFile;

/** INFO persistence: what is being loaded or saved, and how that went. */
final class PersistenceSection {
    private final LockstepServer server;

    PersistenceSection(LockstepServer server) {
        this.server = server;
    }

    void describe(InfoSection section) {
        Snapshots snapshots = server.snapshots();
        LoadProgress load = snapshots.loading().running();
        long total = snapshots.keysTotal();
        double percent = total == 0 ? 0 : 100.0 * snapshots.keysProcessed() / total;
        section.field("loading", snapshots.isLoading())
                .field("async_loading", server.replication().isAsyncLoading())
                .field("current_cow_peak", snapshots.copiedBytesPeak())
                .field("current_cow_size", snapshots.copiedBytes())
                .field("current_cow_size_age", 0)
                .field("current_fork_perc", percent, 2)
                .field("current_save_keys_processed", snapshots.keysProcessed())
                .field("current_save_keys_total", total)
                .field("rdb_changes_since_last_save", server.dirty())
                .field("rdb_bgsave_in_progress", snapshots.isSaving())
                .field("rdb_last_save_time", snapshots.lastSaveSeconds())
                .field("rdb_last_bgsave_status", status(snapshots.lastBackgroundSaveSucceeded()))
                .field("rdb_last_bgsave_time_sec", snapshots.lastDurationSeconds())
                .field("rdb_current_bgsave_time_sec", snapshots.currentDurationSeconds())
                .field("rdb_saves", snapshots.saves())
                .field("rdb_last_cow_size", snapshots.lastCopiedBytes())
                .field("rdb_last_load_keys_expired", snapshots.loading().lastKeysExpired())
                .field("rdb_last_load_keys_loaded", snapshots.loading().lastKeysLoaded());
        appendOnlyFile(section);
        section.field("module_fork_in_progress", 0).field("module_fork_last_cow_size", 0);
        if (server.aof().isEnabled()) {
            sizesOfAppendOnlyFile(section);
        }
        if (load != null) {
            progress(section, load);
        }
    }

    private static String status(boolean succeeded) {
        return succeeded ? "ok" : "err";
    }

    private void appendOnlyFile(InfoSection section) {
        AppendOnlyFile aof = server.aof();
        AofRewrite rewrite = aof.rewrite();
        section.field("aof_enabled", aof.isEnabled())
                .field("aof_rewrite_in_progress", rewrite.isUnderWay())
                .field("aof_rewrite_scheduled", rewrite.isScheduled())
                .field("aof_last_rewrite_time_sec", rewrite.lastSeconds())
                .field("aof_current_rewrite_time_sec", rewrite.currentSeconds())
                .field("aof_last_bgrewrite_status", status(rewrite.lastSucceeded()))
                .field("aof_rewrites", rewrite.rewrites())
                .field("aof_rewrites_consecutive_failures", rewrite.consecutiveFailures())
                .field("aof_last_write_status", status(aof.lastWriteSucceeded()))
                .field("aof_last_cow_size", server.snapshots().lastRewriteCopiedBytes());
    }

    private void sizesOfAppendOnlyFile(InfoSection section) {
        AppendOnlyFile aof = server.aof();
        section.field("aof_current_size", aof.currentSize())
                .field("aof_base_size", aof.baseSize())
                .field("aof_pending_rewrite", 0)
                .field("aof_buffer_length", aof.bufferedBytes())
                .field("aof_pending_bio_fsync", aof.isFsyncPending() ? 1 : 0)
                .field("aof_delayed_fsync", aof.delayedFsyncs());
    }

    private void progress(InfoSection section, LoadProgress load) {
        long read = load.bytesRead();
        long total = Math.max(load.bytesTotal(), 0);
        double seconds = load.elapsedSeconds();
        long left = Math.max(0, total - read);
        section.field("loading_start_time", load.startedMillis() / 1000)
                .field("loading_total_bytes", total)
                .field("loading_rdb_used_mem", load.writersUsedMemory())
                .field("loading_loaded_bytes", read)
                .field("loading_loaded_perc", total == 0 ? 0 : 100.0 * read / total, 2)
                .field("loading_eta_seconds", read == 0 ? 1 : (long) (seconds * left / read));
    }
}
