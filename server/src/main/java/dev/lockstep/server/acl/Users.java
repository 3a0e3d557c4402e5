package dev.lockstep.server.acl;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.CommandException;
import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.config.ConfigurationException;
import dev.lockstep.server.config.SecuritySettings;
import dev.lockstep.server.config.UserDeclaration;
import dev.lockstep.server.process.StartupFailure;
import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All users by name. There is always one named {@code default}, whom every connection begins as. Executor only, but for the
 * start.
 */
public final class Users {
    private static final Logger LOG = LoggerFactory.getLogger(Users.class);

    public static final String DEFAULT = "default";

    private static final String NO_FILE =
            "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER"
                    + " command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in"
                    + " order to store users in the Redis configuration.";
    private static final String SAVE_FAILED =
            "ERR There was an error trying to save the ACLs. Please check the server logs for more information";
    private static final String BOTH =
            "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This"
                    + " setup is very likely to lead to configuration errors and security holes, please define either an"
                    + " ACL file or declare users directly in your redis.conf, but not both.";

    private final Configuration config;
    private final RuleSyntax syntax;
    private final UserClients clients;
    private final User defaultUser;
    private final Map<String, User> byName = new TreeMap<>();

    Users(LockstepServer server) {
        config = server.config();
        syntax =
                new RuleSyntax(
                        server.commands(),
                        () ->
                                config.security.aclPubsubDefault.get()
                                        == SecuritySettings.PubsubDefault.ALLCHANNELS);
        clients = new UserClients(server);
        defaultUser = newDefaultUser();
        byName.put(DEFAULT, defaultUser);
    }

    private User newDefaultUser() {
        User user = syntax.newUser(DEFAULT);
        user.enable(true);
        user.acceptAnyPassword(true);
        user.ownSelector().allowAllCommands(true);
        user.ownSelector().allowAllKeys(true);
        user.ownSelector().allowAllChannels(true);
        user.changed();
        return user;
    }

    // ---- at the start ----

    /**
     * Takes over the users of the configuration or of the ACL file. Before there are clients; any thread.
     *
     * @throws ConfigurationException if a line of the configuration is wrong
     * @throws StartupFailure if the file is, or if there are users in both
     */
    void start() throws StartupFailure {
        List<UserDeclaration> declared = config.userDeclarations();
        String file = config.security.aclFile.get();
        if (!file.isEmpty() && !declared.isEmpty()) {
            throw new StartupFailure(BOTH);
        }
        if (!config.security.requirePass.isEmpty()) {
            setDefaultPassword();
        }
        Set<String> names = new HashSet<>();
        for (UserDeclaration declaration : declared) {
            if (!names.add(declaration.name())) {
                throw declaration.duplicate();
            }
            declare(declaration);
        }
        if (!file.isEmpty()) {
            try {
                replace(file().read());
            } catch (AclFile.BadFile e) {
                throw new StartupFailure(
                        "Aborting Redis startup because of ACL errors: " + e.getMessage());
            }
        }
    }

    private void declare(UserDeclaration declaration) {
        String name = declaration.name();
        if (RuleSyntax.hasSpaces(name)) {
            throw declaration.error(name, "Spaces not allowed in ACL usernames");
        }
        User user = syntax.newUser(name);
        String current = name;
        try {
            for (String rule : RuleSyntax.merge(declaration.rules())) {
                current = rule;
                syntax.apply(user, rule);
            }
        } catch (RuleException e) {
            throw declaration.error(current, e.getMessage());
        } catch (RuleSyntax.UnmatchedParenthesis e) {
            throw declaration.error(e.getMessage(), "Unmatched parenthesis in selector");
        }
        user.changed();
        if (!user.isEnabled()) {
            LOG.info(
                    "The user '{}' is disabled (there is no 'on' modifier in the user description). Make sure this is not a"
                            + " configuration error.",
                    name);
        }
        put(user);
    }

    /** The default user stays the same object, since all clients begin with him. */
    private void put(User user) {
        if (user.name().equals(DEFAULT)) {
            defaultUser.become(user);
        } else {
            byName.put(user.name(), user);
        }
    }

    // ---- reading ----

    public User defaultUser() {
        return defaultUser;
    }

    /** The user of this name, or null. */
    public User find(String name) {
        return byName.get(name);
    }

    /** In the order of their names. */
    public Collection<User> all() {
        return byName.values();
    }

    /** The user of this name if the password is his and he may come in, else null. */
    public User authenticate(String name, byte[] password) {
        User user = byName.get(name);
        return user != null && user.accepts(password) ? user : null;
    }

    /** What CONFIG REWRITE writes: nothing where a file keeps the users. */
    List<String> configurationLines() {
        return config.security.aclFile.isEmpty()
                ? byName.values().stream().map(User::line).toList()
                : List.of();
    }

    // ---- changing ----

    /**
     * Makes a user, or changes one: all the rules are applied, or none.
     *
     * @throws CommandException if the name or a rule is wrong
     */
    public void set(String name, List<String> words) {
        if (RuleSyntax.hasSpaces(name)) {
            throw new CommandException("ERR Usernames can't contain spaces or null characters");
        }
        User user = byName.get(name);
        User becoming = user == null ? syntax.newUser(name) : user.copy();
        for (String rule : merged(words)) {
            try {
                syntax.apply(becoming, rule);
            } catch (RuleException e) {
                throw new CommandException(
                        "ERR Error in ACL SETUSER modifier '" + rule + "': " + e.getMessage());
            }
        }
        becoming.changed();
        if (user == null) {
            byName.put(name, becoming);
        } else {
            clients.closeSubscribers(user, becoming);
            user.become(becoming);
            clients.limitUnauthenticated();
        }
    }

    private static List<String> merged(List<String> words) {
        try {
            return RuleSyntax.merge(words);
        } catch (RuleSyntax.UnmatchedParenthesis e) {
            throw new CommandException(
                    "ERR Unmatched parenthesis in acl selector starting at '"
                            + e.getMessage()
                            + "'.");
        }
    }

    /** Removes a user, who isn't the default user, and closes his clients; false if there is no such user. */
    public boolean delete(String name) {
        User user = byName.remove(name);
        if (user != null) {
            clients.close(user);
        }
        return user != null;
    }

    /** {@code requirepass} has changed: it is the default user's only password, or he needs none. */
    public void requirePassChanged() {
        setDefaultPassword();
        clients.limitUnauthenticated();
    }

    private void setDefaultPassword() {
        byte[] password = config.security.requirePass.bytes();
        defaultUser.acceptAnyPassword(password.length == 0);
        if (password.length > 0) {
            defaultUser.addPassword(PasswordHash.of(password));
        }
    }

    // ---- the file ----

    private AclFile file() {
        String name = config.security.aclFile.get();
        return new AclFile(config.snapshots.dir.resolve(name), name, syntax);
    }

    private void requireFile() {
        if (config.security.aclFile.isEmpty()) {
            throw new CommandException(NO_FILE);
        }
    }

    /**
     * Takes over the users of the file in place of all there are; everybody's clients are closed but the default user's.
     *
     * @throws CommandException if there is no file or something is wrong in it; then nothing has changed
     */
    public void load() {
        requireFile();
        try {
            replace(file().read());
        } catch (AclFile.BadFile e) {
            throw new CommandException("ERR " + e.getMessage());
        }
        clients.closeAllBut(defaultUser);
        clients.limitUnauthenticated();
    }

    private void replace(Map<String, User> users) {
        byName.clear();
        byName.put(DEFAULT, defaultUser);
        defaultUser.become(users.getOrDefault(DEFAULT, newDefaultUser()));
        users.values().forEach(this::put);
    }

    /**
     * Writes the file.
     *
     * @throws CommandException if there is no file, or it can't be written; the log says why then
     */
    public void save() {
        requireFile();
        try {
            file().write(byName.values());
        } catch (IOException e) {
            LOG.warn("Error writing the ACL file: {}", SystemReason.of(e));
            throw new CommandException(SAVE_FAILED);
        }
    }
}
