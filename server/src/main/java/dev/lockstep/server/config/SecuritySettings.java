package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.EMPTY_IS_UNSET;
import static dev.lockstep.server.config.Trait.HIDDEN;
import static dev.lockstep.server.config.Trait.IMMUTABLE;
import static dev.lockstep.server.config.Trait.SENSITIVE;
import static dev.lockstep.server.config.Trait.refusedUnless;
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

    enum PubsubDefault {
        ALLCHANNELS,
        RESETCHANNELS
    }

    private static final Trait NO_ACL = unused("there are no ACL users in this version");

    public final TextSetting requirePass = text("requirepass", "", SENSITIVE, EMPTY_IS_UNSET);
    public final ChoiceSetting<Allowed> enableProtectedConfigs =
            choice("enable-protected-configs", Allowed.NO, IMMUTABLE);
    public final ChoiceSetting<Allowed> enableDebugCommand =
            choice("enable-debug-command", Allowed.NO, IMMUTABLE);

    /** Whether scripts get setfenv, getfenv and newproxy. */
    public final BooleanSetting luaEnableDeprecatedApi =
            bool("lua-enable-deprecated-api", false, IMMUTABLE, HIDDEN);

    {
        choice("enable-module-command", Allowed.NO, IMMUTABLE, unused("there are no modules"));
        text(
                "aclfile",
                "",
                IMMUTABLE,
                refusedUnless(
                        "",
                        "aclfile must be empty: there are no ACL users in this version; set a password with"
                                + " requirepass"));
        bigNumber("acllog-max-len", 128, 0, LONG_MAX, NO_ACL);
        choice("acl-pubsub-default", PubsubDefault.RESETCHANNELS, NO_ACL);
    }

    SecuritySettings() {
        super("Security");
    }
}
