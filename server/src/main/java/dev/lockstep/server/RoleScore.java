package dev.lockstep.server;

import dev.lockstep.server.config.GeneralSettings;
import dev.lockstep.server.config.GeneralSettings.OomScoreAdjustment;
import dev.lockstep.server.process.OomScore;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the system kill replicas before their master when memory runs out, as {@code oom-score-adj} says. Executor only. */
public final class RoleScore {
    private static final Logger LOG = LoggerFactory.getLogger(RoleScore.class);
    private static final int OF_MASTER = 0;
    private static final int OF_REPLICA = 1;

    private final LockstepServer server;
    private final OomScore score = new OomScore();

    RoleScore(LockstepServer server) {
        this.server = server;
    }

    /** The settings or the role have changed; returns why that can't be followed, or null. */
    public String apply() {
        GeneralSettings settings = server.config().general;
        OomScoreAdjustment adjustment = settings.oomScoreAdj.get();
        try {
            if (adjustment == OomScoreAdjustment.NO) {
                score.restore();
            } else {
                int role = server.replication().isReplica() ? OF_REPLICA : OF_MASTER;
                score.adjust(
                        settings.oomScores.get().get(role),
                        adjustment != OomScoreAdjustment.ABSOLUTE);
            }
            return null;
        } catch (IOException e) {
            LOG.warn("Unable to write oom_score_adj: {}", e.getMessage());
            return "Failed to set current oom_score_adj. Check server logs.";
        }
    }
}
