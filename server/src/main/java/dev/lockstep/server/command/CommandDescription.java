package dev.lockstep.server.command;

import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.server.command.KeySpec.Index;
import dev.lockstep.server.command.KeySpec.Keynum;
import dev.lockstep.server.command.KeySpec.Keyword;
import dev.lockstep.server.command.KeySpec.Range;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Commands as COMMAND INFO describes them to clients. */
final class CommandDescription {
    private final ReplyBuffer reply;

    CommandDescription(ReplyBuffer reply) {
        this.reply = reply;
    }

    void info(Command command) {
        KeyRange keys = KeyRange.of(command.keySpecs());
        reply.array(10);
        reply.bulk(command.fullName());
        reply.integer(command.arity());
        flags(command, keys);
        reply.integer(keys.first());
        reply.integer(keys.last());
        reply.integer(keys.step());
        Set<Category> categories = command.categories();
        reply.set(categories.size());
        categories.forEach(category -> reply.simple("@" + category.categoryName()));
        reply.set(command.tips().size());
        command.tips().forEach(reply::bulk);
        reply.set(command.keySpecs().size());
        command.keySpecs().forEach(this::keySpec);
        if (command.subcommands().isEmpty()) {
            reply.set(0);
        } else {
            reply.array(command.subcommands().size());
            command.subcommands().forEach(this::info);
        }
    }

    private void flags(Command command, KeyRange keys) {
        int mark = reply.deferSet();
        int count = 0;
        for (Flag flag : Flag.values()) {
            boolean set = flag == Flag.MOVABLE_KEYS ? keys.movable() : command.has(flag);
            if (set && flag.shown()) {
                reply.simple(flag.flagName());
                count++;
            }
        }
        reply.endSet(mark, count);
    }

    private void keySpec(KeySpec spec) {
        reply.map(3);
        reply.bulk("flags");
        keyFlags(spec.flags());
        reply.bulk("begin_search");
        begin(spec.begin());
        reply.bulk("find_keys");
        find(spec.find());
    }

    /** The flags of a key, as a set: what may be done to it in upper case, the rest in lower case. */
    void keyFlags(List<String> flags) {
        reply.set(flags.size());
        for (String flag : flags) {
            reply.simple(flag.length() == 2 ? flag : flag.toLowerCase(Locale.ROOT));
        }
    }

    private void begin(KeySpec.Begin begin) {
        if (begin instanceof Index index) {
            type("index", 1);
            number("index", index.position());
        } else if (begin instanceof Keyword keyword) {
            type("keyword", 2);
            reply.bulk("keyword");
            reply.bulk(keyword.word());
            number("startfrom", keyword.startFrom());
        } else {
            type("unknown", 0);
        }
    }

    private void find(KeySpec.Find find) {
        if (find instanceof Range range) {
            type("range", 3);
            number("lastkey", range.lastKey());
            number("keystep", range.step());
            number("limit", range.limit());
        } else if (find instanceof Keynum keynum) {
            type("keynum", 3);
            number("keynumidx", keynum.keynumIndex());
            number("firstkey", keynum.firstKey());
            number("keystep", keynum.step());
        } else {
            type("unknown", 0);
        }
    }

    private void type(String name, int fields) {
        reply.map(2);
        reply.bulk("type");
        reply.bulk(name);
        reply.bulk("spec");
        reply.map(fields);
    }

    private void number(String name, int value) {
        reply.bulk(name);
        reply.integer(value);
    }
}
