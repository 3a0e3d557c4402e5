package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.EMPTY_IS_UNSET;
import static dev.lockstep.server.config.Trait.HIDDEN;
import static dev.lockstep.server.config.Trait.IMMUTABLE;
import static dev.lockstep.server.config.Trait.SENSITIVE;
import static dev.lockstep.server.config.Trait.unused;

/** Who may do what. */
public final class SecuritySettings extends SettingGroup {
    /** Who may use something dangerous. */
    public enum Allowed {
        NO,
        YES,
        /** Only from this machine. */
        LOCAL
    }

    /** Which channels a user may use whose rules say nothing of channels. */
    public enum PubsubDefault {
        ALLCHANNELS,
        RESETCHANNELS
    }

    public final TextSetting requirePass = text("requirepass", "", SENSITIVE, EMPTY_IS_UNSET);
    public final ChoiceSetting<Allowed> enableProtectedConfigs =
            choice("enable-protected-configs", Allowed.NO, IMMUTABLE);
    public final ChoiceSetting<Allowed> enableDebugCommand =
            choice("enable-debug-command", Allowed.NO, IMMUTABLE);

    /** Whether scripts get setfenv, getfenv and newproxy. */
    public final BooleanSetting luaEnableDeprecatedApi =
            bool("lua-enable-deprecated-api", false, IMMUTABLE, HIDDEN);

    /** The file that users are kept in, or empty if the configuration declares them. */
    public final TextSetting aclFile = text("aclfile", "", IMMUTABLE);

    public final LongSetting aclLogMaxLen = bigNumber("acllog-max-len", 128, 0, LONG_MAX);
    public final ChoiceSetting<PubsubDefault> aclPubsubDefault =
            choice("acl-pubsub-default", PubsubDefault.RESETCHANNELS);

    {
        choice("enable-module-command", Allowed.NO, IMMUTABLE, unused("there are no modules"));
    }

    SecuritySettings() {
        super("Security");
    }
}
