package dev.lockstep.server.acl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.server.command.AllCommands;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules make the user that they say, show him as they were given, and say what is wrong with them. */
class RuleSyntaxTest {
    private static final String NEW = "user u off sanitize-payload resetchannels -@all";

    private final RuleSyntax syntax = new RuleSyntax(AllCommands.table(), () -> false);

    private User user(String rules) throws RuleException, RuleSyntax.UnmatchedParenthesis {
        User user = syntax.newUser("u");
        for (String rule : RuleSyntax.merge(List.of(rules.split(" ")))) {
            syntax.apply(user, rule);
        }
        user.changed();
        return user;
    }

    private String error(String rule) {
        User user = syntax.newUser("u");
        return assertThrows(RuleException.class, () -> syntax.apply(user, rule)).getMessage();
    }

    @Test
    void aNewUserMayDoNothing() {
        assertEquals(NEW, syntax.newUser("u").line());
        assertFalse(syntax.newUser("u").isUnrestricted());
        assertEquals(
                "user u off sanitize-payload &* -@all",
                new RuleSyntax(AllCommands.table(), () -> true).newUser("u").line());
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            value = {
                "on nopass allkeys allchannels +@all => on nopass sanitize-payload ~* &* +@all",
                "on off => off sanitize-payload resetchannels -@all",
                "ON SKIP-sanitize-payload => on skip-sanitize-payload resetchannels -@all",
                "~a %r~b %W~c %rw~d => off sanitize-payload ~a %R~b %W~c ~d resetchannels -@all",
                "%R~a %W~a => off sanitize-payload ~a resetchannels -@all",
                "~a allkeys resetkeys ~b => off sanitize-payload ~b resetchannels -@all",
                "&a &a &b => off sanitize-payload resetchannels &a &b -@all",
                "+GET -get +get => off sanitize-payload resetchannels -@all +get",
                "+config|get +config|set +config => off sanitize-payload resetchannels -@all +config",
                "+@All -@Dangerous +config|get => off sanitize-payload resetchannels +@all -@dangerous +config|get",
                "+get -@all +set => off sanitize-payload resetchannels -@all +set",
                "+select|0 +SELECT|A => off sanitize-payload resetchannels -@all +select|0 +select|a",
                "+@all -cluster +module|list => off sanitize-payload resetchannels +@all -cluster +module|list",
                "(~a +get) ( %W~b ) => off sanitize-payload resetchannels -@all (~a resetchannels -@all +get) (%W~b resetchannels -@all)",
                "(~a) clearselectors => off sanitize-payload resetchannels -@all",
                "on nopass +@all (~a) reset => off sanitize-payload resetchannels -@all",
            })
    void usersAreShownAsTheRulesThatMakeThem(String rules, String expected) throws Exception {
        assertEquals("user u " + expected, user(rules).line());
        assertEquals("user u " + expected, user(expected).line());
    }

    @Test
    void passwordsAreKeptAsHashes() throws Exception {
        String hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
        User user = user("on >secret >secret");
        assertEquals(List.of(hash), List.copyOf(user.passwordHashes()));
        assertTrue(accepts(user, "secret"));
        assertFalse(accepts(user, "Secret"));
        syntax.apply(user, "off");
        assertFalse(accepts(user, "secret"));
        syntax.apply(user, "on");
        syntax.apply(user, "!" + hash);
        assertFalse(accepts(user, "secret"));
        syntax.apply(user, "nopass");
        assertTrue(accepts(user, ""));
        syntax.apply(user, "#" + hash);
        assertFalse(accepts(user, ""));
        assertTrue(accepts(user, "secret"));
    }

    private static boolean accepts(User user, String password) {
        return user.accepts(password.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void onlyWhoMayDoEverythingIsUnrestricted() throws Exception {
        assertTrue(user("allkeys allchannels +@all").isUnrestricted());
        assertTrue(user("(allkeys allchannels +@all)").isUnrestricted());
        assertFalse(user("allkeys allchannels +@all -get").isUnrestricted());
        assertFalse(user("allkeys +@all").isUnrestricted());
        assertFalse(user("allchannels +@all ~a").isUnrestricted());
        assertFalse(user("(allkeys +@all) (allchannels)").isUnrestricted());
        assertTrue(user("allkeys allchannels +@all").copy().isUnrestricted());
    }

    @Test
    void aCopyIsAnotherUser() throws Exception {
        User user = user("on >a ~k +select|1 (~x)");
        User copy = user.copy();
        assertEquals(user.line(), copy.line());
        for (String rule : List.of("off", "nopass", "~l", "+get", "+select|2", "(~y)")) {
            syntax.apply(copy, rule);
        }
        assertEquals(user("on >a ~k +select|1 (~x)").line(), user.line());
    }

    @ParameterizedTest
    @CsvSource({
        "foo, Syntax error",
        "%, Syntax error",
        "%~a, Syntax error",
        "%RR~a, Syntax error",
        "%X~a, Syntax error",
        ")(, Syntax error",
        "(on), Syntax error",
        "+get|, Syntax error",
        "+foo, Unknown command or category name in ACL",
        "-foo, Unknown command or category name in ACL",
        "+@foo, Unknown command or category name in ACL",
        "(+foo), Unknown command or category name in ACL",
        "-select|0, Unknown command or category name in ACL",
        "+config|foo, Unknown command or category name in ACL",
        "+get|a|b, Unknown command or category name in ACL",
        "+foo|, Unknown command or category name in ACL",
        "+config|get|a, Allowing first-arg of a subcommand is not supported",
        "<secret, The password you are trying to remove from the user does not exist",
    })
    void errorsSayWhatIsWrong(String rule, String message) {
        assertEquals(message, error(rule));
    }

    @Test
    void patternsMayNotHaveSpaces() {
        for (String rule : List.of("~a b", "%R~a\tb", "&a\nb", "~a\0")) {
            assertEquals("Syntax error", error(rule));
        }
    }

    @Test
    void patternsBehindAllAreErrors() {
        assertTrue(
                error("(~* ~a)")
                        .startsWith("Adding a pattern after the * pattern (or the 'allkeys'"));
        assertTrue(
                error("(~* %X~a)")
                        .startsWith("Adding a pattern after the * pattern (or the 'allkeys'"));
        assertTrue(
                error("(&* &a)")
                        .startsWith("Adding a pattern after the * pattern (or the 'allchannels'"));
    }

    @Test
    void hashesHave64SmallDigits() {
        for (String hash : List.of("", "abc", "A".repeat(64), "g".repeat(64), "0".repeat(65))) {
            assertTrue(error("#" + hash).startsWith("The password hash must be exactly 64"));
            assertTrue(error("!" + hash).startsWith("The password hash must be exactly 64"));
        }
    }

    @Test
    void selectorsArePutTogether() throws Exception {
        assertEquals(
                List.of("on", "(~a +get )", "(x)", "( y )"),
                RuleSyntax.merge(List.of("on", "(~a", "+get", ")", "(x)", "(", "y", ")")));
        assertEquals(
                "(a",
                assertThrows(
                                RuleSyntax.UnmatchedParenthesis.class,
                                () -> RuleSyntax.merge(List.of("on", "(a", "b")))
                        .getMessage());
    }
}
