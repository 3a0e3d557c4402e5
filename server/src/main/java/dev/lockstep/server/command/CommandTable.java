package dev.lockstep.server.command;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * All commands by name. Looked up on the executor with a slice of the input, whatever its case, without making garbage.
 */
public final class CommandTable {
    private static final int SLOTS = 2048;

    private final Map<String, Command> byName = new LinkedHashMap<>();

    /** By their full names as declared, which rename-command doesn't change, the subcommands too. */
    private final Map<String, Command> declared = new LinkedHashMap<>();

    private final byte[][] slotNames = new byte[SLOTS][];
    private final Command[] slotCommands = new Command[SLOTS];

    /** Adds a command under its own name. */
    public void add(Command... commands) {
        for (Command command : commands) {
            put(command.name(), command);
            declare(command);
            command.subcommands().forEach(this::declare);
        }
    }

    private void declare(Command command) {
        command.id(declared.size());
        declared.put(command.fullName(), command);
    }

    private void put(String name, Command command) {
        if (byName.putIfAbsent(name, command) != null) {
            throw new IllegalStateException("two commands named " + name);
        }
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        int slot = hash(bytes, 0, bytes.length);
        while (slotCommands[slot] != null) {
            slot = slot + 1 & SLOTS - 1;
        }
        slotNames[slot] = bytes;
        slotCommands[slot] = command;
    }

    /** Gives a command another name, or none with an empty one (the directive rename-command). */
    public boolean rename(String oldName, String newName) {
        Command command = byName.remove(oldName);
        if (command == null) {
            return false;
        }
        Map<String, Command> rest = new LinkedHashMap<>(byName);
        byName.clear();
        java.util.Arrays.fill(slotNames, null);
        java.util.Arrays.fill(slotCommands, null);
        rest.forEach(this::put);
        if (!newName.isEmpty()) {
            put(newName, command);
        }
        return true;
    }

    /** The command with this name, or null. */
    public Command find(byte[] array, int offset, int length) {
        int slot = hash(array, offset, length);
        while (slotCommands[slot] != null) {
            if (matches(slotNames[slot], array, offset, length)) {
                return slotCommands[slot];
            }
            slot = slot + 1 & SLOTS - 1;
        }
        return null;
    }

    public Command find(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        return find(bytes, 0, bytes.length);
    }

    /** The command or subcommand ("config|get") that was declared with this name, in any case, or null. */
    public Command declared(String fullName) {
        return declared.get(fullName.toLowerCase(Locale.ROOT));
    }

    /** Every command and subcommand that was declared. */
    public Collection<Command> declared() {
        return declared.values();
    }

    /** How many commands and subcommands there are: {@link Command#id}s are below. */
    public int commandCount() {
        return declared.size();
    }

    public Collection<Command> all() {
        return byName.values();
    }

    private static boolean matches(byte[] name, byte[] array, int offset, int length) {
        if (name.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name[i] != lower(array[offset + i])) {
                return false;
            }
        }
        return true;
    }

    private static int hash(byte[] array, int offset, int length) {
        int hash = length;
        for (int i = offset; i < offset + length; i++) {
            hash = hash * 31 + lower(array[i]);
        }
        return (hash ^ hash >>> 15) & SLOTS - 1;
    }

    private static byte lower(byte letter) {
        return letter >= 'A' && letter <= 'Z' ? (byte) (letter + 32) : letter;
    }
}
