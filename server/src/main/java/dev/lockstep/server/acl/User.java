package dev.lockstep.server.acl;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandTable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One user: how to authenticate as him, and what he may do. Clients hold their user, so a change takes effect at once. Executor
 * only.
 *
 * <p>Names, patterns and rules are texts of one character per byte.
 */
public final class User {
    private final String name;
    private boolean enabled;
    private boolean noPassword;
    private boolean skipsSanitizing;
    private final Set<String> passwordHashes = new LinkedHashSet<>();

    /** His own first. */
    private final List<Selector> selectors = new ArrayList<>();

    private boolean unrestricted;

    /** A user who may do nothing, not even come in. */
    User(String name, CommandTable table, boolean everyChannel) {
        this.name = name;
        selectors.add(new Selector(table, everyChannel));
    }

    private User(User other) {
        name = other.name;
        become(other);
    }

    User copy() {
        return new User(this);
    }

    /** Takes over everything of another user but the name. */
    void become(User other) {
        enabled = other.enabled;
        noPassword = other.noPassword;
        skipsSanitizing = other.skipsSanitizing;
        passwordHashes.clear();
        passwordHashes.addAll(other.passwordHashes);
        selectors.clear();
        other.selectors.forEach(selector -> selectors.add(selector.copy()));
        changed();
    }

    /** Rules have been applied. */
    void changed() {
        unrestricted = selectors.stream().anyMatch(Selector::allowsEverything);
    }

    public String name() {
        return name;
    }

    /** Whether he may do everything, so that nothing needs to be checked. */
    public boolean isUnrestricted() {
        return unrestricted;
    }

    /** Whether nobody needs a password to be this user. */
    public boolean isOpen() {
        return enabled && noPassword;
    }

    public boolean hasNoPassword() {
        return noPassword;
    }

    boolean isEnabled() {
        return enabled;
    }

    /** Whether somebody who says this password is this user. */
    boolean accepts(byte[] password) {
        if (!enabled || noPassword) {
            return enabled;
        }
        byte[] hash = PasswordHash.of(password).getBytes(StandardCharsets.US_ASCII);
        boolean accepted = false;
        for (String known : passwordHashes) {
            accepted |= MessageDigest.isEqual(known.getBytes(StandardCharsets.US_ASCII), hash);
        }
        return accepted;
    }

    List<Selector> selectors() {
        return selectors;
    }

    Selector ownSelector() {
        return selectors.get(0);
    }

    /**
     * Whether he may run this command on its keys, and read every other key as well: SORT's patterns name keys that nobody knows
     * before.
     */
    public boolean mayReadAllKeys(Command command, Request request) {
        if (unrestricted) {
            return true;
        }
        for (Selector selector : selectors) {
            if (selector.allowsReadingAllKeys()
                    && new AccessCheck().allows(selector, command, request)) {
                return true;
            }
        }
        return false;
    }

    // ---- what rules do ----

    void enable(boolean on) {
        enabled = on;
    }

    void skipSanitizing(boolean skip) {
        skipsSanitizing = skip;
    }

    /** Any password will do from now on, or none. */
    void acceptAnyPassword(boolean any) {
        noPassword = any;
        passwordHashes.clear();
    }

    void addPassword(String hash) {
        passwordHashes.add(hash);
        noPassword = false;
    }

    void removePassword(String hash) throws RuleException {
        if (!passwordHashes.remove(hash)) {
            throw new RuleException(RuleException.Reason.NO_SUCH_PASSWORD);
        }
    }

    void addSelector(Selector selector) {
        selectors.add(selector);
    }

    /** Only his own is left. */
    void clearSelectors() {
        selectors.subList(1, selectors.size()).clear();
    }

    // ---- what he looks like ----

    public List<String> flags() {
        List<String> flags = new ArrayList<>();
        flags.add(enabled ? "on" : "off");
        if (noPassword) {
            flags.add("nopass");
        }
        flags.add(skipsSanitizing ? "skip-sanitize-payload" : "sanitize-payload");
        return flags;
    }

    /** SHA-256 in hexadecimal digits. */
    public Collection<String> passwordHashes() {
        return passwordHashes;
    }

    /** His permissions as GETUSER shows them, those of his own first. */
    public List<SelectorRules> rules() {
        return selectors.stream()
                .map(
                        each ->
                                new SelectorRules(
                                        each.commandRules(), each.keyRules(), each.channelRules()))
                .toList();
    }

    /** One set of permissions as three lists of rules, each separated by blanks. */
    public record SelectorRules(String commands, String keys, String channels) {}

    /** The line that makes him, as in a file: "user", the name, the rules. */
    public String line() {
        StringBuilder line = new StringBuilder("user ").append(name);
        flags().forEach(flag -> line.append(' ').append(flag));
        passwordHashes.forEach(hash -> line.append(" #").append(hash));
        line.append(' ').append(ownSelector().describe());
        for (Selector selector : selectors.subList(1, selectors.size())) {
            line.append(" (").append(selector.describe()).append(')');
        }
        return line.toString();
    }
}
