package dev.lockstep.server.script;

import dev.lockstep.protocol.Glob;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.server.LockstepServer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What FUNCTION LIST and FUNCTION STATS reply. Executor only. */
public final class LibraryReplies {
    private LibraryReplies() {}

    /** The libraries whose names match a pattern, or all if it is null. */
    public static void list(
            Libraries libraries, ReplyBuffer reply, String pattern, boolean withCode) {
        List<Library> wanted = new ArrayList<>();
        for (Library library : libraries.all()) {
            if (pattern == null || matches(pattern, library.name)) {
                wanted.add(library);
            }
        }
        reply.array(wanted.size());
        for (Library library : wanted) {
            describe(library, reply, withCode);
        }
    }

    private static boolean matches(String pattern, String name) {
        byte[] glob = latin(pattern);
        byte[] text = latin(name);
        return Glob.matches(glob, 0, glob.length, text, 0, text.length, true);
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void describe(Library library, ReplyBuffer reply, boolean withCode) {
        reply.map(withCode ? 4 : 3);
        reply.bulk("library_name");
        reply.bulk(latin(library.name));
        reply.bulk("engine");
        reply.bulk("LUA");
        reply.bulk("functions");
        reply.array(library.functions.size());
        for (Library.Function function : library.functions.values()) {
            reply.map(3);
            reply.bulk("name");
            reply.bulk(latin(function.name()));
            reply.bulk("description");
            if (function.description() == null) {
                reply.nullBulk();
            } else {
                reply.bulk(latin(function.description()));
            }
            reply.bulk("flags");
            List<String> flags = ScriptFlags.names(function.flags());
            reply.set(flags.size());
            flags.forEach(flag -> reply.simple(flag));
        }
        if (withCode) {
            reply.bulk("library_code");
            reply.bulk(library.code);
        }
    }

    /** What is running, and what there is. */
    public static void stats(LockstepServer server, ReplyBuffer reply) {
        reply.map(2);
        reply.bulk("running_script");
        ScriptRun run = server.scriptRunner().running();
        if (run == null) {
            reply.nullBulk();
        } else {
            reply.map(3);
            reply.bulk("name");
            reply.bulk(latin(run.name));
            reply.bulk("command");
            reply.array(run.request.argc());
            for (int i = 0; i < run.request.argc(); i++) {
                reply.bulk(run.request.copy(i));
            }
            reply.bulk("duration_ms");
            reply.integer(run.elapsedMillis());
        }
        reply.bulk("engines");
        reply.map(1);
        reply.bulk("LUA");
        reply.map(2);
        reply.bulk("libraries_count");
        reply.integer(server.libraries().count());
        reply.bulk("functions_count");
        reply.integer(server.libraries().functionCount());
    }
}
