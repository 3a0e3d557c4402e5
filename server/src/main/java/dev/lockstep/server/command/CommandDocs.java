package dev.lockstep.server.command;

import dev.lockstep.protocol.ReplyBuffer;
import java.util.Collection;
import java.util.List;

/** Commands as COMMAND DOCS documents them: for people, and for the hints that a shell gives them. */
final class CommandDocs {
    private final ReplyBuffer reply;

    CommandDocs(ReplyBuffer reply) {
        this.reply = reply;
    }

    /** Name and documentation: one pair of a map. */
    void docs(Command command) {
        reply.bulk(command.fullName());
        int mark = reply.deferMap();
        int pairs = 3;
        text("summary", command.summary());
        text("since", command.since());
        text("group", command.group());
        pairs += textIfAny("complexity", command.complexity());
        pairs += flags(command);
        pairs += textIfAny("deprecated_since", command.deprecatedSince());
        pairs += textIfAny("replaced_by", command.replacedBy());
        pairs += history(command.history());
        pairs += arguments(command.arguments());
        pairs += subcommands(command.subcommands());
        reply.endMap(mark, pairs);
    }

    private int flags(Command command) {
        if (!command.isDeprecated() && !command.isSystem()) {
            return 0;
        }
        reply.bulk("doc_flags");
        reply.set(1);
        reply.simple(command.isSystem() ? "syscmd" : "deprecated");
        return 1;
    }

    private int history(List<String> history) {
        if (history.isEmpty()) {
            return 0;
        }
        reply.bulk("history");
        reply.set(history.size());
        for (String change : history) {
            int space = change.indexOf(' ');
            reply.array(2);
            reply.bulk(change.substring(0, space));
            reply.bulk(change.substring(space + 1));
        }
        return 1;
    }

    private int subcommands(Collection<Command> subcommands) {
        if (subcommands.isEmpty()) {
            return 0;
        }
        reply.bulk("subcommands");
        reply.map(subcommands.size());
        subcommands.forEach(this::docs);
        return 1;
    }

    // ---- arguments ----

    private int arguments(List<CommandArgument> arguments) {
        if (arguments.isEmpty()) {
            return 0;
        }
        reply.bulk("arguments");
        reply.array(arguments.size());
        arguments.forEach(this::argument);
        return 1;
    }

    private void argument(CommandArgument argument) {
        int mark = reply.deferMap();
        int pairs = 2;
        text("name", argument.name());
        text("type", argument.type().typeName());
        pairs += textIfAny("display_text", argument.display());
        if (argument.keySpec() >= 0) {
            reply.bulk("key_spec_index");
            reply.integer(argument.keySpec());
            pairs++;
        }
        pairs += textIfAny("token", argument.token());
        pairs += textIfAny("since", argument.since());
        pairs += textIfAny("deprecated_since", argument.deprecatedSince());
        pairs += flags(argument);
        pairs += arguments(argument.arguments());
        reply.endMap(mark, pairs);
    }

    private int flags(CommandArgument argument) {
        if (!argument.isOptional() && !argument.isMultiple()) {
            return 0;
        }
        reply.bulk("flags");
        int mark = reply.deferSet();
        int count = 0;
        count += flag("optional", argument.isOptional());
        count += flag("multiple", argument.isMultiple());
        count += flag("multiple_token", argument.repeatsToken());
        reply.endSet(mark, count);
        return 1;
    }

    private int flag(String name, boolean isSet) {
        if (isSet) {
            reply.simple(name);
        }
        return isSet ? 1 : 0;
    }

    private int textIfAny(String name, String value) {
        if (value == null) {
            return 0;
        }
        text(name, value);
        return 1;
    }

    private void text(String name, String value) {
        reply.bulk(name);
        reply.bulk(value);
    }
}
