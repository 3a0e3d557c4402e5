package dev.lockstep.server.acl;

import static dev.lockstep.server.acl.RuleException.Reason.BAD_HASH;
import static dev.lockstep.server.acl.RuleException.Reason.FIRST_ARGUMENT_OF_SUBCOMMAND;
import static dev.lockstep.server.acl.RuleException.Reason.SYNTAX;
import static dev.lockstep.server.acl.RuleException.Reason.UNKNOWN;

import dev.lockstep.server.command.Category;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandTable;
import dev.lockstep.server.config.Quoting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The language of rules: {@code on}, {@code >password}, {@code ~pattern}, {@code +@category}, {@code (selector)} and so on, as
 * ACL SETUSER, the configuration and the ACL file have them. Executor only.
 */
final class RuleSyntax {
    private static final Logger LOG = LoggerFactory.getLogger(RuleSyntax.class);

    /** Commands of Redis that this server is without: rules may name them, since files come over from Redis. */
    private static final Set<String> ABSENT = Set.of("module");

    /** Where a selector begins that has no end. */
    static final class UnmatchedParenthesis extends Exception {
        private static final long serialVersionUID = 1L;

        UnmatchedParenthesis(String word) {
            super(word, null, false, false);
        }
    }

    private final CommandTable table;

    /** Whether whoever is new may use every channel. */
    private final BooleanSupplier everyChannel;

    RuleSyntax(CommandTable table, BooleanSupplier everyChannel) {
        this.table = table;
        this.everyChannel = everyChannel;
    }

    /** A user as "reset" leaves him. */
    User newUser(String name) {
        return new User(name, table, everyChannel.getAsBoolean());
    }

    /** The words of a selector put together, so that each rule is one text. */
    static List<String> merge(List<String> words) throws UnmatchedParenthesis {
        List<String> rules = new ArrayList<>();
        String opening = null;
        StringBuilder selector = new StringBuilder();
        for (String word : words) {
            if (opening == null && word.startsWith("(") && !word.endsWith(")")) {
                opening = word;
                selector.setLength(0);
                selector.append(word);
            } else if (opening != null) {
                selector.append(' ').append(word);
                if (word.endsWith(")")) {
                    opening = null;
                    rules.add(selector.toString());
                }
            } else {
                rules.add(word);
            }
        }
        if (opening != null) {
            throw new UnmatchedParenthesis(opening);
        }
        return rules;
    }

    /** Applies one rule to a user; {@link User#changed} is to follow. */
    void apply(User user, String rule) throws RuleException {
        if (rule.isEmpty()) {
            return;
        }
        switch (rule.toLowerCase(Locale.ROOT)) {
            case "on" -> user.enable(true);
            case "off" -> user.enable(false);
            case "nopass" -> user.acceptAnyPassword(true);
            case "resetpass" -> user.acceptAnyPassword(false);
            case "skip-sanitize-payload" -> user.skipSanitizing(true);
            case "sanitize-payload" -> user.skipSanitizing(false);
            case "clearselectors" -> user.clearSelectors();
            case "reset" -> user.become(newUser(user.name()));
            default -> applyOther(user, rule);
        }
    }

    private void applyOther(User user, String rule) throws RuleException {
        String rest = rule.substring(1);
        switch (rule.charAt(0)) {
            case '>' -> user.addPassword(PasswordHash.of(Selector.bytes(rest)));
            case '#' -> user.addPassword(hash(rest));
            case '<' -> user.removePassword(PasswordHash.of(Selector.bytes(rest)));
            case '!' -> user.removePassword(hash(rest));
            default -> {
                if (rule.charAt(0) == '(' && rule.endsWith(")")) {
                    user.addSelector(selector(rule.substring(1, rule.length() - 1)));
                } else {
                    apply(user.ownSelector(), rule);
                }
            }
        }
    }

    private static String hash(String text) throws RuleException {
        if (!PasswordHash.isValid(text)) {
            throw new RuleException(BAD_HASH);
        }
        return text;
    }

    private Selector selector(String rules) throws RuleException {
        Selector selector = new Selector(table, everyChannel.getAsBoolean());
        List<String> words = Quoting.split(rules);
        if (words != null) {
            for (String rule : words) {
                apply(selector, rule);
            }
        }
        return selector;
    }

    private void apply(Selector selector, String rule) throws RuleException {
        switch (rule.toLowerCase(Locale.ROOT)) {
            case "allkeys", "~*" -> selector.allowAllKeys(true);
            case "resetkeys" -> selector.allowAllKeys(false);
            case "allchannels", "&*" -> selector.allowAllChannels(true);
            case "resetchannels" -> selector.allowAllChannels(false);
            case "allcommands", "+@all" -> selector.allowAllCommands(true);
            case "nocommands", "-@all" -> selector.allowAllCommands(false);
            default -> applyOther(selector, rule);
        }
    }

    private void applyOther(Selector selector, String rule) throws RuleException {
        if (rule.isEmpty()) {
            throw new RuleException(SYNTAX);
        }
        String rest = rule.substring(1);
        switch (rule.charAt(0)) {
            case '~' -> {
                selector.requireKeyList();
                selector.allowKeys(pattern(rest), KeyPattern.BOTH);
            }
            case '%' -> keyAccess(selector, rest);
            case '&' -> {
                selector.requireChannelList();
                selector.allowChannels(pattern(rest));
            }
            case '+' -> command(selector, rest, true);
            case '-' -> command(selector, rest, false);
            default -> throw new RuleException(SYNTAX);
        }
    }

    private static String pattern(String text) throws RuleException {
        if (hasSpaces(text)) {
            throw new RuleException(SYNTAX);
        }
        return text;
    }

    /** Whether a text has white space in it, or a zero byte: then it can't be told from the rules around it. */
    static boolean hasSpaces(String text) {
        return text.chars().anyMatch(c -> c == ' ' || c == 0 || c >= '\t' && c <= '\r');
    }

    /** What follows a '%': the kinds of access, '~', a pattern. */
    private static void keyAccess(Selector selector, String rest) throws RuleException {
        selector.requireKeyList();
        int access = 0;
        int i = 0;
        for (; i < rest.length() && rest.charAt(i) != '~'; i++) {
            int kind =
                    switch (rest.charAt(i)) {
                        case 'r', 'R' -> KeyPattern.READ;
                        case 'w', 'W' -> KeyPattern.WRITE;
                        default -> 0;
                    };
            if (kind == 0 || (access & kind) != 0) {
                throw new RuleException(SYNTAX);
            }
            access |= kind;
        }
        if (access == 0) {
            throw new RuleException(SYNTAX);
        }
        selector.allowKeys(pattern(rest.substring(Math.min(i + 1, rest.length()))), access);
    }

    private void command(Selector selector, String what, boolean allow) throws RuleException {
        if (what.startsWith("@")) {
            selector.allow(category(what.substring(1)), allow);
            return;
        }
        Command command = table.declared(what);
        int bar = what.lastIndexOf('|');
        if (command == null && isAbsent(what)) {
            selector.allowAbsent(what.toLowerCase(Locale.ROOT), allow);
        } else if (command == null && allow && bar >= 0) {
            firstArgument(selector, what, bar);
        } else if (command == null) {
            throw new RuleException(UNKNOWN);
        } else {
            selector.allow(command, allow);
        }
    }

    /** Whether a name, of a command or of a subcommand, is Redis' but not this server's. */
    private static boolean isAbsent(String what) {
        int bar = what.indexOf('|');
        String name = bar < 0 ? what : what.substring(0, bar);
        String sub = bar < 0 ? "-" : what.substring(bar + 1);
        return ABSENT.contains(name.toLowerCase(Locale.ROOT))
                && !sub.isEmpty()
                && sub.indexOf('|') < 0;
    }

    private Category category(String name) throws RuleException {
        for (Category category : Category.values()) {
            if (category.categoryName().equalsIgnoreCase(name)) {
                return category;
            }
        }
        throw new RuleException(UNKNOWN);
    }

    private void firstArgument(Selector selector, String what, int bar) throws RuleException {
        Command command = table.declared(what.substring(0, bar));
        if (command == null) {
            throw new RuleException(UNKNOWN);
        }
        if (command.parent() != null) {
            throw new RuleException(FIRST_ARGUMENT_OF_SUBCOMMAND);
        }
        if (bar == what.length() - 1) {
            throw new RuleException(SYNTAX);
        }
        if (command.isContainer()) {
            throw new RuleException(UNKNOWN);
        }
        LOG.warn(
                "Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of ACL and may get"
                        + " disabled in the future (offender: +{})",
                what);
        selector.allowFirstArgument(command, what.substring(bar + 1));
    }
}
