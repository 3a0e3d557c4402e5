package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client;
import dev.lockstep.server.pubsub.Name;
import dev.lockstep.server.tracking.ClientTracking;
import dev.lockstep.server.tracking.ClientTracking.Mode;
import dev.lockstep.server.tracking.Tracking;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The subcommands of CLIENT about client-side caching. */
final class TrackingCommands {
    private static final String GROUP = "connection";
    private static final Flag[] OWN = {Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};

    private static final byte[] ON = Call.word("on");
    private static final byte[] OFF = Call.word("off");
    private static final byte[] REDIRECT = Call.word("redirect");
    private static final byte[] BCAST = Call.word("bcast");
    private static final byte[] OPTIN = Call.word("optin");
    private static final byte[] OPTOUT = Call.word("optout");
    private static final byte[] NOLOOP = Call.word("noloop");
    private static final byte[] PREFIX = Call.word("prefix");
    private static final byte[] YES = Call.word("yes");
    private static final byte[] NO = Call.word("no");

    private static final String SWITCH =
            " before disabling tracking for this client, and then re-enabling it with a different mode.";
    private static final CommandException REDIRECT_TWICE =
            new CommandException("ERR A client can only redirect to a single other client");
    private static final CommandException NO_SUCH_CLIENT =
            new CommandException("ERR The client ID you want redirect to does not exist");
    private static final CommandException PREFIX_WITHOUT_BCAST =
            new CommandException("ERR PREFIX option requires BCAST mode to be enabled");
    private static final CommandException SWITCHES_BCAST =
            new CommandException("ERR You can't switch BCAST mode on/off" + SWITCH);
    private static final CommandException SWITCHES_OPT =
            new CommandException("ERR You can't switch OPTIN/OPTOUT mode" + SWITCH);
    private static final CommandException BCAST_WITH_OPT =
            new CommandException("ERR OPTIN and OPTOUT are not compatible with BCAST");
    private static final CommandException OPTIN_WITH_OPTOUT =
            new CommandException("ERR You can't specify both OPTIN mode and OPTOUT mode");
    private static final CommandException NOT_TRACKING =
            new CommandException(
                    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT"
                            + " mode enabled");
    private static final CommandException NOT_OPTIN =
            new CommandException(
                    "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    private static final CommandException NOT_OPTOUT =
            new CommandException(
                    "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");

    private long redirection;
    private boolean bcast;
    private boolean optin;
    private boolean optout;
    private boolean noLoop;
    private final List<Name> prefixes = new ArrayList<>();

    private TrackingCommands() {}

    static Command[] all() {
        return new Command[] {
            command("tracking", call -> new TrackingCommands().track(call))
                    .arity(-3)
                    .flags(OWN)
                    .docs(
                            GROUP,
                            "6.0.0",
                            "O(1), more with many prefixes",
                            "Says whether the connection is told of changes to keys it has read.")
                    .syntax(
                            "status(ON | OFF) [REDIRECT client-id:integer] [PREFIX prefix *]"
                                    + " [BCAST] [OPTIN] [OPTOUT] [NOLOOP]"),
            command("caching", TrackingCommands::caching)
                    .arity(3)
                    .flags(OWN)
                    .docs(
                            GROUP,
                            "6.0.0",
                            "O(1)",
                            "Says whether the keys of the next command are tracked.")
                    .syntax("mode(YES | NO)"),
            command("trackinginfo", TrackingCommands::info)
                    .arity(2)
                    .flags(OWN)
                    .docs(GROUP, "6.2.0", "O(1)", "Returns what was chosen with TRACKING."),
            command("getredir", call -> call.reply().integer(redirection(call.client())))
                    .arity(2)
                    .flags(OWN)
                    .docs(
                            GROUP,
                            "6.0.0",
                            "O(1)",
                            "Returns the ID of the connection that invalidation messages go to.")
        };
    }

    private static boolean isTracking(Client client) {
        return client.tracking != null && client.tracking.isOn();
    }

    private static long redirection(Client client) {
        return isTracking(client) ? client.tracking.redirection() : -1;
    }

    // ---- TRACKING ----

    private void track(Call call) {
        Tracking tracking = call.server().tracking();
        readOptions(call);
        if (call.is(2, ON)) {
            check(Tracking.of(call.client()));
            if (bcast) {
                checkPrefixes(Tracking.of(call.client()).prefixes());
            }
            if (bcast && prefixes.isEmpty()) {
                prefixes.add(Name.of(new byte[0]));
            }
            tracking.enable(call.client(), mode(), noLoop, redirection, prefixes);
        } else if (call.is(2, OFF)) {
            tracking.disable(call.client());
        } else {
            throw Call.SYNTAX;
        }
        call.reply().ok();
    }

    private void readOptions(Call call) {
        Request args = call.args();
        for (int i = 3; i < args.argc(); i++) {
            boolean hasValue = i + 1 < args.argc();
            if (call.is(i, REDIRECT) && hasValue) {
                if (redirection != 0) {
                    throw REDIRECT_TWICE;
                }
                redirection = call.longArg(++i);
                if (call.server().clients().find(redirection) == null) {
                    throw NO_SUCH_CLIENT;
                }
            } else if (call.is(i, BCAST)) {
                bcast = true;
            } else if (call.is(i, OPTIN)) {
                optin = true;
            } else if (call.is(i, OPTOUT)) {
                optout = true;
            } else if (call.is(i, NOLOOP)) {
                noLoop = true;
            } else if (call.is(i, PREFIX) && hasValue) {
                prefixes.add(Name.of(args.copy(++i)));
            } else {
                throw Call.SYNTAX;
            }
        }
    }

    private Mode mode() {
        if (bcast) {
            return Mode.BCAST;
        }
        return optin ? Mode.OPTIN : optout ? Mode.OPTOUT : Mode.ALL;
    }

    /** Refuses options that contradict each other, or what the client has chosen before. */
    private void check(ClientTracking before) {
        if (!bcast && !prefixes.isEmpty()) {
            throw PREFIX_WITHOUT_BCAST;
        }
        if (before.isOn() && bcast != (before.mode() == Mode.BCAST)) {
            throw SWITCHES_BCAST;
        }
        if (bcast && (optin || optout)) {
            throw BCAST_WITH_OPT;
        }
        if (optin && optout) {
            throw OPTIN_WITH_OPTOUT;
        }
        if (optin && before.mode() == Mode.OPTOUT || optout && before.mode() == Mode.OPTIN) {
            throw SWITCHES_OPT;
        }
    }

    private void checkPrefixes(Collection<Name> existing) {
        for (int i = 0; i < prefixes.size(); i++) {
            Name prefix = prefixes.get(i);
            for (Name other : existing) {
                if (overlap(prefix, other)) {
                    throw overlapping(prefix, "an existing prefix", other);
                }
            }
            for (Name other : prefixes.subList(i + 1, prefixes.size())) {
                if (overlap(prefix, other)) {
                    throw overlapping(prefix, "another provided prefix", other);
                }
            }
        }
    }

    private static boolean overlap(Name one, Name other) {
        return one.startsWith(other) || other.startsWith(one);
    }

    private static CommandException overlapping(Name prefix, String what, Name other) {
        return new CommandException(
                "ERR Prefix '"
                        + text(prefix)
                        + "' overlaps with "
                        + what
                        + " '"
                        + text(other)
                        + "'. Prefixes for a single client must not overlap.");
    }

    private static String text(Name name) {
        return new String(name.array(), name.offset(), name.length(), StandardCharsets.ISO_8859_1);
    }

    // ---- the others ----

    private static void caching(Call call) {
        Client client = call.client();
        if (!isTracking(client)) {
            throw NOT_TRACKING;
        }
        if (call.is(2, YES)) {
            if (client.tracking.mode() != Mode.OPTIN) {
                throw NOT_OPTIN;
            }
        } else if (call.is(2, NO)) {
            if (client.tracking.mode() != Mode.OPTOUT) {
                throw NOT_OPTOUT;
            }
        } else {
            throw Call.SYNTAX;
        }
        client.tracking.cachingGiven(true);
        call.reply().ok();
    }

    private static void info(Call call) {
        ReplyBuffer reply = call.reply();
        List<String> flags = flags(call.client());
        reply.map(3);
        reply.bulk("flags");
        reply.set(flags.size());
        flags.forEach(reply::bulk);
        reply.bulk("redirect");
        reply.integer(redirection(call.client()));
        reply.bulk("prefixes");
        Collection<Name> prefixes =
                isTracking(call.client()) ? call.client().tracking.prefixes() : List.of();
        reply.array(prefixes.size());
        prefixes.forEach(name -> reply.bulk(name.array(), name.offset(), name.length()));
    }

    private static List<String> flags(Client client) {
        if (!isTracking(client)) {
            return List.of("off");
        }
        ClientTracking tracking = client.tracking;
        List<String> flags = new ArrayList<>();
        flags.add("on");
        if (tracking.mode() != Mode.ALL) {
            flags.add(tracking.mode().flagName());
        }
        if (tracking.isCachingGiven() && tracking.mode() == Mode.OPTIN) {
            flags.add("caching-yes");
        }
        if (tracking.isCachingGiven() && tracking.mode() == Mode.OPTOUT) {
            flags.add("caching-no");
        }
        if (tracking.isNoLoop()) {
            flags.add("noloop");
        }
        if (tracking.isRedirectionBroken()) {
            flags.add("broken_redirect");
        }
        return flags;
    }
}
