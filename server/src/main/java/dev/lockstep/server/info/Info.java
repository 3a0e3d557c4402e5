package dev.lockstep.server.info;

import dev.lockstep.server.LockstepServer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The text of INFO: which sections there are, in which order, and who fills them. Executor only. */
public final class Info {
    private static final Set<String> DEFAULT =
            Set.of(
                    "server",
                    "clients",
                    "memory",
                    "persistence",
                    "stats",
                    "replication",
                    "cpu",
                    "module_list",
                    "errorstats",
                    "cluster",
                    "keyspace");

    /** Not one of {@code everything}. */
    private static final String DEBUG = "debug";

    private record Section(String title, Consumer<InfoSection> writer) {}

    private final Map<String, Section> sections = new LinkedHashMap<>();

    public Info(LockstepServer server) {
        ServerSection process = new ServerSection(server);
        UsageSections usage = new UsageSections(server);
        CommandSections commands = new CommandSections(server);
        add("server", "Server", process::server);
        add("clients", "Clients", usage::clients);
        add("memory", "Memory", usage::memory);
        add("persistence", "Persistence", new PersistenceSection(server)::describe);
        add("stats", "Stats", usage::stats);
        add("replication", "Replication", server.replication()::describe);
        add("cpu", "CPU", process::cpu);
        add("module_list", "Modules", section -> {});
        add("commandstats", "Commandstats", commands::calls);
        add("errorstats", "Errorstats", commands::errors);
        add("latencystats", "Latencystats", commands::latencies);
        add("cluster", "Cluster", section -> section.field("cluster_enabled", 0));
        add("keyspace", "Keyspace", usage::keyspace);
        add(DEBUG, "Debug", usage::debug);
    }

    private void add(String name, String title, Consumer<InfoSection> writer) {
        sections.put(name, new Section(title, writer));
    }

    /**
     * The text of some sections.
     *
     * @param names of sections, or {@code default}, {@code all}, {@code everything}, in any case; none for the default
     */
    public String text(List<String> names) {
        Set<String> wanted = wanted(names);
        StringBuilder text = new StringBuilder(8 * 1024);
        sections.forEach(
                (name, section) -> {
                    if (wanted.contains(name)) {
                        text.append(text.isEmpty() ? "# " : "\r\n# ");
                        text.append(section.title()).append("\r\n");
                        section.writer().accept(new InfoSection(text));
                    }
                });
        return text.toString();
    }

    private Set<String> wanted(List<String> names) {
        if (names.isEmpty()) {
            return DEFAULT;
        }
        Set<String> wanted = new LinkedHashSet<>();
        for (String name : names) {
            switch (name.toLowerCase(Locale.ROOT)) {
                case "default" -> wanted.addAll(DEFAULT);
                case "all", "everything" -> {
                    boolean debug = wanted.contains(DEBUG);
                    wanted.addAll(sections.keySet());
                    if (!debug) {
                        wanted.remove(DEBUG);
                    }
                }
                case "modules" -> wanted.add("module_list");
                default -> wanted.add(name.toLowerCase(Locale.ROOT));
            }
        }
        return wanted;
    }
}
