package dev.lockstep.server.config;

import dev.lockstep.protocol.Glob;
import dev.lockstep.server.process.Arguments;
import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's configuration: every directive of Redis 7.2 and Lockstep's own, with what CONFIG GET, SET and REWRITE do
 * to them.
 *
 * <p>To read a value, name it by its subject: {@code configuration.network.port.get()}, {@code
 * configuration.replication.backlogSize.bytes()}, {@code configuration.memory.policy.get() ==
 * EvictionPolicy.NOEVICTION}. A read is a read of one volatile field and allocates nothing, save for texts, which are
 * decoded; keep those. To add a directive, declare it in the group of its subject, in one line, and run the test that
 * says how to bring docs/compatibility.md up to date.
 *
 * <p>To act on a change, give the setting a listener with {@link Setting#onChange}; it runs on the executor after CONFIG
 * SET has set all its values, and may refuse.
 *
 * <p>File names in the configuration are relative to {@code dir}: use {@code
 * configuration.snapshots.dir.resolve(name)}, since a Java process can't change its working directory.
 *
 * <p>Thread: {@link #load} runs before any other thread knows the object. After that the executor alone calls {@link
 * #set} and {@link #rewrite}; any thread may read.
 */
public final class Configuration {
    private static final Logger LOG = LoggerFactory.getLogger(Configuration.class);

    public final NetworkSettings network = new NetworkSettings();
    public final TlsSettings tls = new TlsSettings();
    public final GeneralSettings general = new GeneralSettings();
    public final SnapshotSettings snapshots = new SnapshotSettings();
    public final ReplicationSettings replication = new ReplicationSettings();
    public final SecuritySettings security = new SecuritySettings();
    public final ClientSettings clients = new ClientSettings();
    public final MemorySettings memory = new MemorySettings();
    public final AppendOnlySettings appendOnly = new AppendOnlySettings();
    public final ClusterSettings cluster = new ClusterSettings();
    public final MonitoringSettings monitoring = new MonitoringSettings();
    public final EncodingSettings encodings = new EncodingSettings();

    private final List<SettingGroup> groups =
            List.of(
                    network,
                    tls,
                    general,
                    snapshots,
                    replication,
                    security,
                    clients,
                    memory,
                    appendOnly,
                    cluster,
                    monitoring,
                    encodings);

    /** By name and by alias, in the order of declaration. */
    private final Map<String, Setting<?>> byName = new LinkedHashMap<>();

    private Path file;
    private List<RenamedCommand> renamedCommands = List.of();
    private List<UserDeclaration> userDeclarations = List.of();
    private Supplier<List<String>> userLines = List::of;

    /** A configuration of defaults. */
    public Configuration() {
        for (SettingGroup group : groups) {
            for (Setting<?> setting : group.settings()) {
                byName.put(setting.name(), setting);
                if (setting.alias() != null) {
                    byName.put(setting.alias(), setting);
                }
            }
        }
    }

    /**
     * Reads the configuration of a server that is about to start: the file named by the first argument, then the
     * standard input if an argument is {@code -}, then the options {@code --name value...}; the last word on a
     * directive counts.
     *
     * @param args the server's arguments, without those that only ask for something, such as {@code --version}
     * @throws ConfigurationException with the text to print before exiting with 1
     */
    public static Configuration load(String[] args, InputStream stdin) {
        Arguments arguments = Arguments.parse(args);
        Configuration configuration = new Configuration();
        StringBuilder text = new StringBuilder();
        if (arguments.configFile() != null) {
            configuration.file =
                    FileNames.path(Path.of(""), arguments.configFile())
                            .toAbsolutePath()
                            .normalize();
            text.append(
                    ConfigurationReader.contents(
                            configuration.file, configuration.file.toString()));
        }
        if (arguments.configOnStdin()) {
            text.append(text.isEmpty() || text.charAt(text.length() - 1) == '\n' ? "" : "\n");
            text.append(readAll(stdin));
        }
        text.append('\n').append(OptionLines.of(arguments.overrides()));
        ConfigurationReader reader = new ConfigurationReader(configuration);
        reader.read(text.toString(), null);
        configuration.renamedCommands = List.copyOf(reader.renamedCommands());
        configuration.userDeclarations = List.copyOf(reader.userDeclarations());
        return configuration;
    }

    private static String readAll(InputStream stdin) {
        try {
            return new String(stdin.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new ConfigurationException(
                    "Fatal error, can't read the configuration from the standard input: "
                            + SystemReason.of(e));
        }
    }

    /** The configuration file, absolute, or null if the server runs without one. */
    public Path file() {
        return file;
    }

    /** The port to show where there is room for one: that for plain text, or else that for TLS. */
    public int anyPort() {
        return network.port.get() != 0 ? network.port.get() : tls.port.get();
    }

    /** The {@code rename-command} directives, in order. */
    public List<RenamedCommand> renamedCommands() {
        return renamedCommands;
    }

    /** The {@code user} directives, in order. */
    public List<UserDeclaration> userDeclarations() {
        return userDeclarations;
    }

    /** Says where CONFIG REWRITE gets the {@code user} directives from that it writes. */
    public void userLines(Supplier<List<String>> lines) {
        userLines = lines;
    }

    /** The setting with this name or alias, in any case, or null. */
    public Setting<?> find(String name) {
        return byName.get(name.toLowerCase(Locale.ROOT));
    }

    List<SettingGroup> groups() {
        return groups;
    }

    /**
     * What CONFIG GET answers: value by name, in the order of the patterns and, within one, of declaration. A name
     * without wildcards comes back as it was written, and finds hidden settings too.
     *
     * @param patterns globs matched in any case against names and aliases, one byte per character
     */
    public Map<String, String> get(List<String> patterns) {
        Map<String, String> found = new LinkedHashMap<>();
        Set<String> seen = new LinkedHashSet<>();
        for (String pattern : patterns) {
            if (!isPattern(pattern)) {
                Setting<?> setting = find(pattern);
                if (setting != null && seen.add(pattern.toLowerCase(Locale.ROOT))) {
                    found.put(pattern, setting.text());
                }
                continue;
            }
            byte[] glob = pattern.getBytes(StandardCharsets.ISO_8859_1);
            byName.forEach(
                    (name, setting) -> {
                        byte[] text = name.getBytes(StandardCharsets.ISO_8859_1);
                        if (!setting.is(Trait.Flag.HIDDEN)
                                && Glob.matches(glob, text, true)
                                && seen.add(name)) {
                            found.put(name, setting.text());
                        }
                    });
        }
        return found;
    }

    private static boolean isPattern(String name) {
        return name.chars().anyMatch(c -> c == '*' || c == '?' || c == '[');
    }

    /**
     * What CONFIG SET does: all the values or none.
     *
     * @param namesAndValues a name, its value, and so on, one byte per character; of even length
     * @param fromThisMachine whether the client's connection is local
     * @param loading whether a dataset is being loaded
     * @throws ConfigurationException with the error reply
     */
    public void set(List<String> namesAndValues, boolean fromThisMachine, boolean loading) {
        List<Setting<?>> targets = targets(namesAndValues, fromThisMachine, loading);
        List<Runnable> restore = new ArrayList<>();
        targets.forEach(setting -> restore.add(setting.saved()));
        Map<Supplier<String>, String> listeners = new LinkedHashMap<>();
        for (int i = 0; i < targets.size(); i++) {
            Setting<?> setting = targets.get(i);
            String name = namesAndValues.get(2 * i).toLowerCase(Locale.ROOT);
            try {
                boolean matters =
                        setting.change(namesAndValues.get(2 * i + 1))
                                || setting.is(Trait.Flag.RELOADED);
                if (matters && setting.listener() != null) {
                    listeners.putIfAbsent(setting.listener(), name);
                }
            } catch (InvalidValueException e) {
                restore(restore);
                throw failed(name, e.getMessage());
            } catch (RuntimeException | Error e) {
                restore(restore);
                throw e;
            }
        }
        runListeners(listeners, restore);
    }

    private List<Setting<?>> targets(
            List<String> namesAndValues, boolean fromThisMachine, boolean loading) {
        List<Setting<?>> targets = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < namesAndValues.size(); i += 2) {
            String name = namesAndValues.get(i);
            Setting<?> setting = find(name);
            if (setting == null) {
                throw new ConfigurationException(
                        "ERR Unknown option or number of arguments for CONFIG SET - '"
                                + name
                                + "'");
            }
            if (setting.is(Trait.Flag.IMMUTABLE)) {
                throw failed(name, "can't set immutable config");
            }
            if (setting.is(Trait.Flag.PROTECTED) && !allowsProtected(fromThisMachine)) {
                throw failed(name, "can't set protected config");
            }
            if (loading && setting.is(Trait.Flag.DENIED_WHILE_LOADING)) {
                throw new ConfigurationException("LOADING Redis is loading the dataset in memory");
            }
            if (!names.add(name.toLowerCase(Locale.ROOT))) {
                throw failed(name, "duplicate parameter");
            }
            targets.add(setting);
        }
        return targets;
    }

    private boolean allowsProtected(boolean fromThisMachine) {
        return switch (security.enableProtectedConfigs.get()) {
            case YES -> true;
            case LOCAL -> fromThisMachine;
            case NO -> false;
        };
    }

    /** Runs each listener once; if one refuses, brings back all values and runs again those that had run. */
    private static void runListeners(
            Map<Supplier<String>, String> listeners, List<Runnable> restore) {
        List<Supplier<String>> ran = new ArrayList<>();
        for (Map.Entry<Supplier<String>, String> entry : listeners.entrySet()) {
            ran.add(entry.getKey());
            String refusal = outcome(entry.getKey());
            if (refusal != null) {
                LOG.warn(
                        "Failed applying new configuration. Possibly related to new {} setting. Restoring previous"
                                + " settings.",
                        entry.getValue());
                restore(restore);
                for (Supplier<String> listener : ran) {
                    String again = outcome(listener);
                    if (again != null) {
                        LOG.warn("Failed applying restored failed CONFIG SET command: {}", again);
                    }
                }
                throw failed(entry.getValue(), refusal);
            }
        }
    }

    /** Why what is set now can't take effect, or null. */
    private static String outcome(Supplier<String> listener) {
        try {
            return listener.get();
        } catch (ConfigurationException e) {
            return e.getMessage();
        } catch (RuntimeException | Error e) {
            LOG.error("A new configuration couldn't be applied", e);
            return e.toString();
        }
    }

    /** Last set, first restored: an alias may have set the same value twice. */
    private static void restore(List<Runnable> restore) {
        Collections.reverse(restore);
        restore.forEach(Runnable::run);
    }

    private static ConfigurationException failed(String name, String reason) {
        return new ConfigurationException(
                "ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + reason);
    }

    /**
     * What CONFIG REWRITE does: brings the configuration file in line with the current values.
     *
     * @param evenDefaults whether to write every directive, as DEBUG CONFIG-REWRITE-FORCE-ALL asks
     * @throws ConfigurationException with the error reply
     */
    public void rewrite(boolean evenDefaults) {
        if (file == null) {
            throw new ConfigurationException("ERR The server is running without a config file");
        }
        try {
            boolean exists = Files.exists(file);
            String old =
                    exists ? new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1) : "";
            ConfigurationRewrite rewrite = new ConfigurationRewrite(old, this);
            new LinkedHashSet<>(byName.values())
                    .forEach(setting -> rewrite.rewrite(setting, evenDefaults));
            rewrite.rewriteUsers(userLines.get().stream().map(Quoting::quoteWords).toList());
            TextFile.replace(file, rewrite.text());
            LOG.warn("CONFIG REWRITE executed with success.");
        } catch (IOException e) {
            LOG.warn("CONFIG REWRITE failed: {}", SystemReason.of(e));
            throw new ConfigurationException("ERR Rewriting config file: " + SystemReason.of(e));
        }
    }
}
