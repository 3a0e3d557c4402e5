package dev.lockstep.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.server.command.CommandArgument.Type;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The notation of arguments is read as its description says. */
class CommandSyntaxTest {
    private static CommandArgument one(String syntax) {
        List<CommandArgument> arguments = CommandSyntax.parse(syntax);
        assertEquals(1, arguments.size(), syntax);
        return arguments.get(0);
    }

    @Test
    void values() {
        assertEquals(List.of(), CommandSyntax.parse(""));
        CommandArgument value = one("value");
        assertEquals("value", value.name());
        assertEquals(Type.STRING, value.type());
        assertEquals("value", value.display());
        assertEquals(-1, value.keySpec());
        assertNull(value.token());
        assertEquals(Type.UNIX_TIME, one("at:unix-time").type());
        assertEquals("unix-time", one("at:unix-time").type().typeName());
        assertEquals("ip:port", one("ADDR addr<ip:port>").display());
        assertEquals("ADDR", one("ADDR addr<ip:port>").token());
    }

    @Test
    void keys() {
        List<CommandArgument> keys = CommandSyntax.parse("key destination:key other:key#0 key x");
        assertEquals(Type.KEY, keys.get(0).type());
        assertEquals(List.of(0, 1, 0, 2, -1), keys.stream().map(CommandArgument::keySpec).toList());
        CommandArgument pattern = one("BY by-pattern:pattern#1<pattern>");
        assertEquals(1, pattern.keySpec());
        assertEquals("pattern", pattern.display());
    }

    @Test
    void tokens() {
        CommandArgument token = one("LIB-NAME");
        assertEquals(Type.PURE_TOKEN, token.type());
        assertEquals("lib-name", token.name());
        assertEquals("LIB-NAME", token.token());
        assertEquals("CH", one("change=CH").token());
        assertEquals("change", one("change=CH").name());
        assertEquals("=", one("equal='='").token());
        assertEquals("\"\"", one("empty='\"\"'").token());
        assertEquals(2, CommandSyntax.parse("NO ONE").size());
        assertEquals("EX", one("EX seconds:integer").token());
    }

    @Test
    void repetitionAndVersions() {
        CommandArgument optional = one("[GET pattern:pattern@6.2.0 *]");
        assertTrue(optional.isOptional());
        assertTrue(optional.isMultiple());
        assertTrue(optional.repeatsToken());
        assertEquals("6.2.0", optional.since());
        CommandArgument repeated = one("key ...");
        assertFalse(repeated.isOptional());
        assertTrue(repeated.isMultiple());
        assertFalse(repeated.repeatsToken());
        assertNull(repeated.since());
        assertEquals("2.8.12", one("old@-2.8.12").deprecatedSince());
    }

    @Test
    void containers() {
        CommandArgument oneof = one("[condition(NX | XX@7.0.0 | EX data{key value} ...)@2.6.12]");
        assertEquals(Type.ONEOF, oneof.type());
        assertNull(oneof.display());
        assertEquals("2.6.12", oneof.since());
        assertEquals(3, oneof.arguments().size());
        assertEquals("7.0.0", oneof.arguments().get(1).since());
        CommandArgument block = oneof.arguments().get(2);
        assertEquals(Type.BLOCK, block.type());
        assertEquals("EX", block.token());
        assertTrue(block.isMultiple());
        assertEquals(List.of("key", "value"), names(block.arguments()));
    }

    private static List<String> names(List<CommandArgument> arguments) {
        return arguments.stream().map(CommandArgument::name).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[key", "a(b | c", "a{b c", "a:nosuch", "a)", "(a)", "a(b c)", "a@", "[]"})
    void whatIsNotInTheNotationIsRefused(String syntax) {
        assertThrows(IllegalArgumentException.class, () -> CommandSyntax.parse(syntax));
    }

    @Test
    void everyCommandIsInTheNotation() {
        for (Command command : AllCommands.table().all()) {
            command.arguments();
            for (Command subcommand : command.subcommands()) {
                subcommand.arguments();
            }
        }
    }
}
