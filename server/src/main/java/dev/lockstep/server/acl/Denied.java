package dev.lockstep.server.acl;

import java.util.Locale;

/** What a user was refused. The later one is the more telling: of two selectors that refuse, it is what gets reported. */
public enum Denied {
    COMMAND,
    KEY,
    /** Not the right password. */
    AUTH,
    CHANNEL;

    /** As ACL LOG names it. */
    public String reason() {
        return name().toLowerCase(Locale.ROOT);
    }
}
