package dev.lockstep.server.command;

import dev.lockstep.server.command.CommandArgument.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads the notation in which a command states its arguments, close to the one that Redis' documents use:
 *
 * <pre>
 *   key                   an argument of this name: a key, if that is its name, else a string
 *   seconds:integer       ... of a type: string, integer, double, key, pattern, unix-time
 *   addr&lt;ip:port&gt;         ... shown to people by another name
 *   NX                    a token, whose name is the word in lower case
 *   change=CH  equal='='  ... with a name of its own
 *   EX seconds:integer    an argument with a token before it
 *   flag(NX | XX)         one of several, together named "flag"
 *   data{key value}       several in this order, together named "data"; these two may have a token as well
 *   [x]                   may be left out
 *   x ...                 may be repeated
 *   x *                   may be repeated, each time with its token
 *   x@6.2.0               since that version
 *   x@-2.8.12             deprecated since that version
 *   x:key#0               found by that key specification of the command; keys count up if nothing is said
 * </pre>
 *
 * <p>Read when somebody asks for the documentation, not at start. Throws IllegalArgumentException for what is not in the
 * notation.
 */
final class CommandSyntax {
    private final String text;
    private int at;
    private int keys;

    private CommandSyntax(String text) {
        this.text = text;
    }

    static List<CommandArgument> parse(String text) {
        CommandSyntax syntax = new CommandSyntax(text);
        List<CommandArgument> arguments = new ArrayList<>();
        while (!syntax.isNext('\0')) {
            arguments.add(syntax.argument());
        }
        return List.copyOf(arguments);
    }

    private CommandArgument argument() {
        if (!take('[')) {
            return argument(false);
        }
        CommandArgument argument = argument(true);
        expect(']');
        return argument;
    }

    private CommandArgument argument(boolean optional) {
        skipSpaces();
        String token = null;
        if (Character.isUpperCase(peek())) {
            token = word();
            if (peek() != ' ' || !Character.isLowerCase(peekBehindSpaces())) {
                return pureToken(token.toLowerCase(Locale.ROOT), token, optional);
            }
            skipSpaces();
        }
        String name = word();
        return switch (peek()) {
            case '=' -> pureToken(name, tokenBehindEquals(), optional);
            case '(' -> container(name, Type.ONEOF, token, optional);
            case '{' -> container(name, Type.BLOCK, token, optional);
            default -> value(name, token, optional);
        };
    }

    private CommandArgument container(String name, Type type, String token, boolean optional) {
        boolean isOneof = type == Type.ONEOF;
        char end = isOneof ? ')' : '}';
        List<CommandArgument> arguments = new ArrayList<>();
        at++;
        do {
            arguments.add(argument());
        } while (isOneof ? take('|') : !isNext(end));
        expect(end);
        return finish(name, type, token, null, -1, optional, List.copyOf(arguments));
    }

    private CommandArgument value(String name, String token, boolean optional) {
        Type type = name.equals("key") ? Type.KEY : Type.STRING;
        if (peek() == ':') {
            at++;
            type = Type.named(word());
        }
        int keySpec = -1;
        if (peek() == '#') {
            at++;
            keySpec = Integer.parseInt(word());
        } else if (type == Type.KEY) {
            keySpec = keys++;
        }
        String display = name;
        if (peek() == '<') {
            int end = text.indexOf('>', at);
            display = text.substring(at + 1, end);
            at = end + 1;
        }
        return finish(name, type, token, display, keySpec, optional, List.of());
    }

    private CommandArgument pureToken(String name, String token, boolean optional) {
        return finish(name, Type.PURE_TOKEN, token, name, -1, optional, List.of());
    }

    /** Reads what may follow an argument: versions and repetition. */
    private CommandArgument finish(
            String name,
            Type type,
            String token,
            String display,
            int keySpec,
            boolean optional,
            List<CommandArgument> arguments) {
        String since = null;
        String deprecatedSince = null;
        if (peek() == '@') {
            at++;
            if (peek() == '-') {
                at++;
                deprecatedSince = version();
            } else {
                since = version();
            }
        }
        boolean repeatsToken = take('*');
        boolean multiple = repeatsToken || take("...");
        return new CommandArgument(
                name,
                type,
                token,
                display,
                keySpec,
                since,
                deprecatedSince,
                optional,
                multiple,
                repeatsToken,
                arguments);
    }

    // ---- characters ----

    private String tokenBehindEquals() {
        at++;
        if (peek() != '\'') {
            return word();
        }
        int end = text.indexOf('\'', at + 1);
        String token = text.substring(at + 1, end);
        at = end + 1;
        return token;
    }

    private String word() {
        int begin = at;
        while (Character.isLetterOrDigit(peek()) || peek() == '-') {
            at++;
        }
        return taken(begin);
    }

    private String version() {
        int begin = at;
        while (Character.isDigit(peek()) || peek() == '.') {
            at++;
        }
        return taken(begin);
    }

    private String taken(int begin) {
        if (at == begin) {
            throw new IllegalArgumentException("nothing at " + at + " of: " + text);
        }
        return text.substring(begin, at);
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private char peekBehindSpaces() {
        int here = at;
        skipSpaces();
        char next = peek();
        at = here;
        return next;
    }

    private void skipSpaces() {
        while (peek() == ' ') {
            at++;
        }
    }

    private boolean isNext(char expected) {
        skipSpaces();
        return peek() == expected;
    }

    private boolean take(char expected) {
        if (!isNext(expected)) {
            return false;
        }
        at++;
        return true;
    }

    private boolean take(String expected) {
        skipSpaces();
        if (!text.startsWith(expected, at)) {
            return false;
        }
        at += expected.length();
        return true;
    }

    private void expect(char expected) {
        if (!take(expected)) {
            throw new IllegalArgumentException("no " + expected + " at " + at + " of: " + text);
        }
    }
}
