package dev.lockstep.server.acl;

/** A rule that can't be applied to a user, with the reason in Redis' words. */
public final class RuleException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What may be wrong with a rule. */
    enum Reason {
        UNKNOWN("Unknown command or category name in ACL"),
        SYNTAX("Syntax error"),
        KEY_AFTER_ALL(
                "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect."
                        + " Try 'resetkeys' to start with an empty list of patterns"),
        CHANNEL_AFTER_ALL(
                "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any"
                        + " effect. Try 'resetchannels' to start with an empty list of channels"),
        NO_SUCH_PASSWORD("The password you are trying to remove from the user does not exist"),
        BAD_HASH(
                "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"),
        FIRST_ARGUMENT_OF_SUBCOMMAND("Allowing first-arg of a subcommand is not supported");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }

    private final Reason reason;

    RuleException(Reason reason) {
        super(reason.text, null, false, false);
        this.reason = reason;
    }

    /** Whether the rule names a command or category that isn't there: no secret, so the rule may be shown. */
    boolean isUnknownName() {
        return reason == Reason.UNKNOWN;
    }
}
