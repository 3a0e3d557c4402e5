package dev.lockstep.server.config;

/**
 * A {@code rename-command} directive. The command table applies it, and answers with one of the two errors where it
 * can't.
 */
public final class RenamedCommand {
    private final String name;
    private final String newName;
    private final ConfigurationLine line;

    RenamedCommand(String name, String newName, ConfigurationLine line) {
        this.name = name;
        this.newName = newName;
        this.line = line;
    }

    /** The command's name, in any case. */
    public String name() {
        return name;
    }

    /** The name it gets; empty removes the command. */
    public String newName() {
        return newName;
    }

    public ConfigurationException noSuchCommand() {
        return line.error("No such command in rename-command");
    }

    public ConfigurationException newNameExists() {
        return line.error("Target command name already exists");
    }
}
