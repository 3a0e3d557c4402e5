package dev.lockstep.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.GeneratedPart;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The files that tell users about directives say what the code says. */
class DocumentsTest {
    private static final Path BASE = Path.of(System.getProperty("lockstep.basedir"));

    @Test
    void lockstepConfShowsEveryDirectiveAtItsDefault() throws IOException {
        List<String> lines = Files.readAllLines(BASE.resolve("conf/lockstep.conf"));
        String uncommented =
                lines.stream()
                        .map(line -> line.replaceFirst("^#(?=[a-z])", ""))
                        .collect(Collectors.joining("\n"));
        Configuration defaults = new Configuration();
        Map<String, String> expected = defaults.get(List.of("*"));
        expected.put("bind", "127.0.0.1 -::1");
        assertEquals(expected, load(uncommented).get(List.of("*")));
        Set<String> shown =
                uncommented
                        .lines()
                        .filter(line -> line.matches("[a-z].*"))
                        .map(line -> line.substring(0, line.indexOf(' ')))
                        .collect(Collectors.toCollection(TreeSet::new));
        Set<String> visible =
                defaults.groups().stream()
                        .flatMap(group -> group.settings().stream())
                        .filter(setting -> !setting.is(Trait.Flag.HIDDEN))
                        .map(Setting::name)
                        .collect(Collectors.toCollection(TreeSet::new));
        visible.remove("replicaof");
        assertEquals(visible, shown);
    }

    @Test
    void lockstepConfLoadsAsItIs() throws IOException {
        Configuration configuration = load(Files.readString(BASE.resolve("conf/lockstep.conf")));
        assertEquals(List.of("127.0.0.1", "-::1"), configuration.network.bind.get());
    }

    @Test
    void theExamplesLoadFromTheProjectsRoot() throws IOException {
        for (int port = 6380; port <= 6382; port++) {
            Path file = BASE.resolve("conf/" + port + ".conf");
            String conf =
                    "dir "
                            + BASE.toRealPath()
                            + "\n"
                            + Files.readString(file).replace("logfile", "#logfile");
            Configuration configuration = load(conf);
            assertEquals(port, configuration.network.port.get());
            assertTrue(configuration.general.daemonize.get());
            assertEquals(
                    BASE.toRealPath().resolve("data/" + port), configuration.snapshots.dir.get());
        }
    }

    @Test
    void compatibilityListsEveryDirective() throws IOException {
        new GeneratedPart(BASE.resolve("docs/compatibility.md"), "directives")
                .assertIs(table(new Configuration()));
    }

    private static String table(Configuration configuration) {
        StringBuilder text = new StringBuilder();
        for (SettingGroup group : configuration.groups()) {
            text.append("\n### ").append(group.subject()).append("\n\n");
            text.append(
                    "| directive | default | CONFIG SET | in Lockstep |\n| --- | --- | --- | --- |\n");
            group.settings().forEach(setting -> text.append(row(setting)));
        }
        return text.append('\n').toString();
    }

    private static String row(Setting<?> setting) {
        String names = "`" + setting.name() + "`";
        if (setting.alias() != null) {
            names += ", `" + setting.alias() + "`";
        }
        String value = setting instanceof DirectorySetting ? "./" : setting.formatDefault();
        String change = setting.is(Trait.Flag.IMMUTABLE) ? "no" : "yes";
        if (setting.is(Trait.Flag.PROTECTED)) {
            change = "protected";
        }
        return "| "
                + names
                + " | "
                + (value.isEmpty() ? "" : "`" + value + "`")
                + " | "
                + change
                + " | "
                + effect(setting)
                + " |\n";
    }

    private static String effect(Setting<?> setting) {
        Trait.Unused unused = setting.trait(Trait.Unused.class);
        Trait.Refused refused = setting.trait(Trait.Refused.class);
        Trait.RedisDefault redisDefault = setting.trait(Trait.RedisDefault.class);
        String hidden = setting.is(Trait.Flag.HIDDEN) ? " (hidden)" : "";
        if (unused != null) {
            return "accepted, without effect: " + unused.why() + hidden;
        }
        if (refused != null) {
            return "any other value is an error: \"" + refused.text() + "\"";
        }
        if (redisDefault != null) {
            return "applies; Redis' default is `"
                    + redisDefault.value()
                    + "`, ours since "
                    + redisDefault.why();
        }
        return "applies" + hidden;
    }

    private static Configuration load(String conf) {
        InputStream stdin = new ByteArrayInputStream(conf.getBytes(StandardCharsets.UTF_8));
        return Configuration.load(new String[] {"-"}, stdin);
    }
}
