package dev.lockstep.server.config;

import java.util.List;

/** A {@code user} directive. Whoever knows the commands applies its rules, and answers with an error where it can't. */
public final class UserDeclaration {
    private final String name;
    private final List<String> rules;
    private final ConfigurationLine line;

    UserDeclaration(String name, List<String> rules, ConfigurationLine line) {
        this.name = name;
        this.rules = List.copyOf(rules);
        this.line = line;
    }

    public String name() {
        return name;
    }

    /** The words behind the name, one character per byte. */
    public List<String> rules() {
        return rules;
    }

    /** What to say of a word that is wrong. */
    public ConfigurationException error(String word, String reason) {
        return line.error("Error in user declaration '" + word + "': " + reason);
    }

    public ConfigurationException duplicate() {
        return error(name, "Duplicate user found. A user can only be defined once in config files");
    }
}
