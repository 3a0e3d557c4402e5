package dev.lockstep.protocol;

import java.util.Locale;

/** The error replies that more than one command gives, in Redis 7.2's words, with their code and without the '-'. */
public final class ErrorReplies {
    public static final String WRONGTYPE =
            "WRONGTYPE Operation against a key holding the wrong kind of value";
    public static final String NO_SUCH_KEY = "ERR no such key";
    public static final String SYNTAX = "ERR syntax error";
    public static final String SAME_OBJECT = "ERR source and destination objects are the same";
    public static final String INDEX_OUT_OF_RANGE = "ERR index out of range";
    public static final String NOSCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
    public static final String NOT_BUSY = "NOTBUSY No scripts in execution right now.";
    public static final String LOADING = "LOADING Redis is loading the dataset in memory";
    public static final String BUSY_SCRIPT =
            "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
    public static final String BUSY_FUNCTION =
            "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
    public static final String MASTERDOWN =
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
    public static final String MISCONF_RDB =
            "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."
                    + " Commands that may modify the data set are disabled, because this instance is configured to report"
                    + " errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option)."
                    + " Please check the Redis logs for details about the RDB error.";
    public static final String MISCONF_AOF_PREFIX = "MISCONF Errors writing to the AOF file: ";
    public static final String READONLY = "READONLY You can't write against a read only replica.";
    public static final String NOAUTH = "NOAUTH Authentication required.";
    public static final String NOAUTH_HELLO =
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user>"
                    + " <pass> option can be used to authenticate the client and select the RESP protocol version at the"
                    + " same time";
    public static final String WRONGPASS =
            "WRONGPASS invalid username-password pair or user is disabled.";
    public static final String NOPROTO = "NOPROTO unsupported protocol version";
    public static final String OOM = "OOM command not allowed when used memory > 'maxmemory'.";
    public static final String EXECABORT =
            "EXECABORT Transaction discarded because of previous errors.";
    public static final String NOREPLICAS = "NOREPLICAS Not enough good replicas to write.";
    public static final String WAITAOF_WITHOUT_FILE =
            "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
    public static final String BUSYKEY = "BUSYKEY Target key name already exists.";
    public static final String UNBLOCKED =
            "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)";
    public static final String UNBLOCKED_BY_CLIENT =
            "UNBLOCKED client unblocked via CLIENT UNBLOCK";
    public static final String NOMASTERLINK =
            "NOMASTERLINK Can't SYNC while not connected with my master";

    public static final String NOT_AN_INTEGER = "ERR value is not an integer or out of range";
    public static final String NOT_A_FLOAT = "ERR value is not a valid float";
    public static final String OUT_OF_RANGE = "ERR value is out of range";
    public static final String OUT_OF_RANGE_POSITIVE =
            "ERR value is out of range, must be positive";
    public static final String INCREMENT_OVERFLOW = "ERR increment or decrement would overflow";
    public static final String DECREMENT_OVERFLOW = "ERR decrement would overflow";
    public static final String INCREMENT_NAN = "ERR increment would produce NaN or Infinity";
    public static final String STRING_TOO_LONG =
            "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    public static final String OFFSET_OUT_OF_RANGE = "ERR offset is out of range";
    public static final String BIT_OFFSET = "ERR bit offset is not an integer or out of range";
    public static final String BIT_VALUE = "ERR bit is not an integer or out of range";
    public static final String DB_INDEX_OUT_OF_RANGE = "ERR DB index is out of range";
    public static final String INVALID_CURSOR = "ERR invalid cursor";
    public static final String TIMEOUT_NEGATIVE = "ERR timeout is negative";
    public static final String TIMEOUT_NOT_A_FLOAT = "ERR timeout is not a float or out of range";
    public static final String HASH_NOT_AN_INTEGER = "ERR hash value is not an integer";
    public static final String HASH_NOT_A_FLOAT = "ERR hash value is not a float";
    public static final String NUMKEYS_POSITIVE = "ERR numkeys should be greater than 0";
    public static final String NUMKEYS_TOO_BIG =
            "ERR Number of keys can't be greater than number of args";
    public static final String NUMKEYS_NEGATIVE = "ERR Number of keys can't be negative";
    public static final String BAD_DUMP = "ERR DUMP payload version or checksum are wrong";
    public static final String BAD_DATA_FORMAT = "ERR Bad data format";
    public static final String SHUTDOWN_FAILED = "ERR Errors trying to SHUTDOWN. Check logs.";
    public static final String PASSWORD_NOT_SET =
            "ERR AUTH <password> called without any password configured for the default user. Are you sure your"
                    + " configuration is correct?";

    /** How much of an unknown command's arguments its error quotes. */
    private static final int QUOTED_BYTES_MAX = 128;

    private ErrorReplies() {}

    /** The command's full name in lower case, "config|get" for a subcommand. */
    public static String wrongArity(String command) {
        return "ERR wrong number of arguments for '" + command + "' command";
    }

    public static String invalidExpireTime(String command) {
        return "ERR invalid expire time in '" + command + "' command";
    }

    /** For a command without such a subcommand; both as the client typed them, the command is printed in upper case. */
    public static String unknownSubcommand(String command, String subcommand) {
        return "ERR unknown subcommand '"
                + printf(subcommand, QUOTED_BYTES_MAX)
                + "'. Try "
                + command.toUpperCase(Locale.ROOT)
                + " HELP.";
    }

    /** For a command, or a wrong number of arguments, that only the subcommand's own handler could tell. */
    public static String unknownSubcommandOrArity(String command, String subcommand) {
        return "ERR unknown subcommand or wrong number of arguments for '"
                + printf(subcommand, QUOTED_BYTES_MAX)
                + "'. Try "
                + command.toUpperCase(Locale.ROOT)
                + " HELP.";
    }

    /** For a RESP2 client that is subscribed and so gets messages, which replies must not be confused with. */
    public static String onlyPubSub(String command) {
        return "ERR Can't execute '"
                + command
                + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
    }

    /** Names the command and the beginning of its arguments. */
    public static String unknownCommand(Request request) {
        StringBuilder arguments = new StringBuilder();
        for (int i = 1; i < request.argc() && arguments.length() < QUOTED_BYTES_MAX; i++) {
            String argument = printf(request.text(i), QUOTED_BYTES_MAX - arguments.length());
            arguments.append('\'').append(argument).append("' ");
        }
        return "ERR unknown command '"
                + printf(request.text(0), QUOTED_BYTES_MAX)
                + "', with args beginning with: "
                + arguments;
    }

    /** What C's printf makes of a string with a precision: it ends at a zero byte. */
    private static String printf(String text, int max) {
        int zero = text.indexOf(0);
        return text.substring(0, Math.min(max, zero < 0 ? text.length() : zero));
    }
}
