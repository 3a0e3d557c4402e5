package dev.lockstep.server.acl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.AllCommands;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandTable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a user may send, and which of several refusals is told. */
class AccessCheckTest {
    private final CommandTable table = AllCommands.table();
    private final RuleSyntax syntax = new RuleSyntax(table, () -> false);
    private final AccessCheck check = new AccessCheck();

    /** "ok", or what is refused with its argument. */
    private String result(String rules, String line) throws Exception {
        User user = syntax.newUser("u");
        for (String rule : RuleSyntax.merge(List.of(rules.split(" ")))) {
            syntax.apply(user, rule);
        }
        Request request = request(line);
        Command command = table.find(request.text(0));
        if (command.isContainer()) {
            command = command.subcommand(request.text(1));
        }
        Denied denied = check.refuses(user, command, request, 0);
        if (denied == null) {
            return "ok";
        }
        return denied == Denied.COMMAND
                ? "command"
                : denied.reason() + " " + request.text(check.argument());
    }

    private static Request request(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
        Request request = new Request();
        request.set(bytes);
        int at = 0;
        for (String word : line.split(" ")) {
            request.add(at, word.length());
            at += word.length() + 1;
        }
        return request;
    }

    @Test
    void commands() throws Exception {
        assertEquals("command", result("~*", "get k"));
        assertEquals("ok", result("~* +get", "get k"));
        assertEquals("ok", result("~* +@read", "GET k"));
        assertEquals("command", result("~* +@all -@read", "get k"));
        assertEquals("ok", result("+config", "config get x"));
        assertEquals("command", result("+config -config|get", "config get x"));
        assertEquals("ok", result("+config|get", "config get x"));
        assertEquals("command", result("+config|get", "config set x y"));
        assertEquals("ok", result("off", "auth x"));
        assertEquals("ok", result("off", "hello 3"));
    }

    @Test
    void firstArguments() throws Exception {
        assertEquals("ok", result("+select|0", "select 0"));
        assertEquals("command", result("+select|0", "select 1"));
        assertEquals("ok", result("+select|0 +select|A", "select a"));
        assertEquals("command", result("+select|0 -select", "select 0"));
        assertEquals("ok", result("+ping|a", "ping A"));
        assertEquals("command", result("+ping|a", "ping"));
    }

    @Test
    void keys() throws Exception {
        assertEquals("ok", result("+@all ~a*", "mget a ab"));
        assertEquals("key b", result("+@all ~a*", "mget a b c"));
        assertEquals("key b", result("+@all %R~a*", "copy a b"));
        assertEquals("ok", result("+@all %R~a* %W~b", "copy a b"));
        String radius = "georadius a 1 2 3 km store a1 store ";
        assertEquals("ok", result("+@all ~a*", radius + "a2"));
        assertEquals("key b", result("+@all ~a*", radius + "b"));
        assertEquals(
                "key b",
                result("+@all ~a*", "georadiusbymember a m 3 km storedist a1 storedist b"));
        assertEquals("key a", result("+@all %W~*", "get a"));
        assertEquals("ok", result("+@all %W~*", "set a b"));
        assertEquals("key a", result("+@all %W~*", "set a b get"));
        assertEquals("ok", result("+@all %W~*", "exists a"));
        assertEquals("ok", result("+@all ~k", "eval x 0 a"));
        assertEquals("key a", result("+@all ~k", "eval x 2 k a"));
        assertEquals("ok", result("+@all ~k", "eval x 9 a"));
        assertEquals("key s", result("+@all ~k", "xreadgroup group g c streams k s 0 0"));
        assertEquals("key d", result("+@all ~k", "georadius k 1 1 1 m store d"));
        assertEquals("key d", result("+@all ~k", "sort k store d"));
        assertEquals("ok", result("+@all ~k", "keys *"));
    }

    @Test
    void channels() throws Exception {
        assertEquals("ok", result("+@all &a*", "publish ab m"));
        assertEquals("channel b", result("+@all &a*", "publish b m"));
        assertEquals("channel b", result("+@all &a*", "spublish b m"));
        assertEquals("channel b", result("+@all &a*", "subscribe a b"));
        assertEquals("channel b", result("+@all &a*", "ssubscribe a b"));
        assertEquals("ok", result("+@all &a*", "psubscribe a*"));
        assertEquals("channel ab", result("+@all &a*", "psubscribe ab"));
        assertEquals("ok", result("+@all", "unsubscribe b"));
        assertEquals("ok", result("+@all", "punsubscribe b"));
        assertEquals("ok", result("+@all", "pubsub channels"));
    }

    @Test
    void selectorsDoNotAddUp() throws Exception {
        assertEquals("ok", result("(+get ~a) (+set ~b)", "set b v"));
        assertEquals("key a", result("(+get ~a) (+set ~b)", "set a v"));
        assertEquals("key b", result("(%R~a +@all) (%W~b +@all)", "copy a b"));
    }

    /** No selector has the command: it is the command; else the argument that comes last. */
    @Test
    void theMostTellingRefusalCounts() throws Exception {
        assertEquals("command", result("+mget ~k (+mget ~k ~o)", "get k"));
        assertEquals("key s", result("+mget ~k (+mget ~k ~o)", "mget k o s"));
        assertEquals("key s", result("+mget ~k (+mget ~k ~o)", "mget o s"));
        assertEquals("channel c", result("+publish (+@all -publish)", "publish c m"));
    }
}
