package dev.lockstep.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Program;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TempDir;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a configuration that can't be accepted prints, compared with what stock Redis prints for it. */
class StartErrorTest {
    private final TempDir directory = new TempDir();

    @AfterEach
    void deleteDirectory() {
        directory.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "foo bar",
                "rdbchecksum maybe",
                "port 99999",
                "port abc",
                "port +1",
                "port 01",
                "port 1 2",
                "port",
                "port \"12",
                "port '1'x",
                "maxmemory 1x",
                "maxmemory -1",
                "maxmemory 1.5g",
                "maxmemory-clients 101%",
                "maxmemory-clients x",
                "maxmemory-clients -5",
                "unixsocketperm 999",
                "unixsocketperm 1777",
                "shutdown-on-sigint save nosave",
                "shutdown-on-sigint foo",
                "shutdown-on-sigint",
                "shutdown-on-sigint \"\"",
                "oom-score-adj-values 1 2",
                "oom-score-adj-values 1 2 9999",
                "client-output-buffer-limit normal 0 0",
                "client-output-buffer-limit nope 0 0 0",
                "client-output-buffer-limit nope x 0 0",
                "client-output-buffer-limit master 0 0 0",
                "client-output-buffer-limit normal x 0 0",
                "client-output-buffer-limit normal 0 0 -1",
                "save 1",
                "save 0 1",
                "save 60 -1",
                "save \"60 1\" 2",
                "save \"\" \"\"",
                "dir /nonexistent-directory",
                "dir /etc/passwd",
                "dbfilename a/b",
                "include",
                "rename-command foo",
                "module.setting",
                "sentinel monitor x",
                "bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
                "replicaof a",
                "replicaof a 99999",
                "slaveof a b",
                "latency-tracking-info-percentiles 101",
                "latency-tracking-info-percentiles x",
                "logfile /nonexistent-directory/x",
                "notify-keyspace-events q",
                "notify-keyspace-events K E",
                "proc-title-template \"{x}\"",
                "proc-title-template {title}",
                "proc-title-template {title",
                "proc-title-template ''",
                "lua-replicate-commands yes no",
                "appendfilename \"\"",
                "appendfilename a/b",
                "appenddirname \"\"",
                "appenddirname a/b",
                "cluster-announce-hostname a_b",
                "maxmemory-policy foo",
                "syslog-facility x",
                "supervised x",
                "tls-auth-clients x",
                "oom-score-adj x",
                "acl-pubsub-default x",
                "sanitize-dump-payload x",
                "enable-debug-command x",
                "cluster-preferred-endpoint-type x",
                "propagation-error-behavior x",
                "appendfsync x",
                "repl-diskless-load x",
                "maxclients 0",
                "maxclients -1",
                "slowlog-log-slower-than -2",
                "hash-max-listpack-value -1",
                "proto-max-bulk-len 1",
                "proto-max-bulk-len 99999999999999999999",
                "repl-backlog-size 0",
                "socket-mark-id 4294967296",
                "activedefrag yes",
                "# a comment\n\n  PORT  abc  \n",
                "\tport 6379\r\nport x\r\n",
            })
    void aBadLinePrintsWhatStockPrints(String conf) throws IOException {
        Files.writeString(directory.path().resolve("bad.conf"), conf + "\n");
        assertEquals(stockMessage("bad.conf"), message("bad.conf"));
    }

    @Test
    void badOptionsPrintWhatStockPrints() throws IOException {
        Files.writeString(directory.path().resolve("ok.conf"), "port 21901\n");
        String[][] commandLines = {
            {"--port"},
            {"--foo"},
            {"-foo"},
            {"--save", "--port", "21902", "x"},
            {"--port", "abc"},
            {"ok.conf", "--port", "x"},
            {"ok.conf", "--port", "21 3"},
            {"--port 21x3"},
            {"--port", "21902", "-", "--foo"},
            {"--port", "\"1"},
            {"ok.conf", "bar"},
            {"--port", "6380", "--loglevel"},
            {"--port", "6379", "6380"},
            {"--port", "--loglevel", "debug"},
            {"--port", "--bla", "--loglevel", "verbose"},
            {"--port", "--loglevel", "--loglevel", "debug"},
            {"--shutdown-on-sigint"},
            {"--shutdown-on-sigint", "now force", "--shutdown-on-sigterm"},
            {"--replicaof", "127.0.0.1", "abc"},
            {"--replicaof", "--127.0.0.1", "--abc"},
            {"--include", "none*.conf", "--port", "y"},
        };
        for (String[] commandLine : commandLines) {
            assertEquals(
                    stockMessage(commandLine), message(commandLine), Arrays.toString(commandLine));
        }
    }

    @Test
    void theOrderOfAnErrorsWordsIsLoglevelsOwn() {
        assertTrue(
                message("--loglevel", "loud")
                        .endsWith(
                                "argument(s) must be one of the following: debug, verbose, notice, warning, nothing"));
    }

    @Test
    void anErrorInAnIncludedFileNamesIt() throws IOException {
        Path included = directory.path().resolve("sub.conf");
        Files.writeString(included, "\nport abc\n");
        Files.writeString(directory.path().resolve("bad.conf"), "include " + included + "\n");
        assertEquals(
                "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nReading the configuration file '"
                        + included
                        + "', at line 2\n>>> 'port abc'\nargument couldn't be parsed into an integer",
                message("bad.conf"));
    }

    @Test
    void aFileThatIncludesItselfIsAnError() throws IOException {
        Path conf = directory.path().resolve("bad.conf");
        Files.writeString(conf, "include " + conf + "\n");
        assertTrue(
                message("bad.conf").endsWith("\ninclude: more than 64 files include one another"));
    }

    @Test
    void aMissingFileIsNamed() {
        Path conf = directory.path().resolve("none.conf");
        assertEquals(
                "Fatal error, can't open config file '" + conf + "': No such file or directory",
                message("none.conf"));
        assertEquals(
                "Fatal error, can't open config file '/none/x.conf': No such file or directory",
                message("--include", "/none/x.conf"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cluster-enabled yes|replicaof",
                "loadmodule x.so|leave the directive out",
                "module.setting 1|leave the directive out",
                "sentinel|redis-sentinel",
            })
    void whatLockstepCantKeepIsRefusedWithAWayOut(String lineAndWayOut) {
        String[] parts = lineAndWayOut.split("\\|");
        String message =
                assertThrows(ConfigurationException.class, () -> loadFromStdin(parts[0]))
                        .getMessage();
        assertTrue(message.contains("\n>>> '" + parts[0] + "'\n"), message);
        String reason = message.substring(message.lastIndexOf('\n') + 1);
        assertTrue(reason.startsWith(parts[0].split(" ")[0]), reason);
        assertTrue(reason.contains(parts[1]), reason);
    }

    @Test
    void renameCommandErrorsNameTheLine() throws IOException {
        for (String conf : List.of("rename-command foo bar", "rename-command get set")) {
            Files.writeString(directory.path().resolve("bad.conf"), conf + "\n");
            RenamedCommand renamed = loadFromStdin(conf).renamedCommands().get(0);
            ConfigurationException ours =
                    renamed.name().equals("foo")
                            ? renamed.noSuchCommand()
                            : renamed.newNameExists();
            assertEquals(stockMessage("bad.conf"), ours.getMessage());
        }
    }

    private static Configuration loadFromStdin(String conf) {
        InputStream stdin =
                new ByteArrayInputStream((conf + "\n").getBytes(StandardCharsets.ISO_8859_1));
        return Configuration.load(new String[] {"-"}, stdin);
    }

    private String message(String... args) {
        String[] here = args.clone();
        if (!here[0].startsWith("-")) {
            here[0] = directory.path().resolve(here[0]).toString();
        }
        return assertThrows(
                        ConfigurationException.class,
                        () -> Configuration.load(here, InputStream.nullInputStream()),
                        String.join(" ", args))
                .getMessage();
    }

    private String stockMessage(String... args) {
        List<String> command = new ArrayList<>(List.of(ServerKind.program("redis-server")));
        command.addAll(List.of(args));
        Program stock =
                Program.run(Duration.ofSeconds(20), directory.path(), command).expectExit(1);
        String output = stock.output();
        int start = output.indexOf("\n*** FATAL CONFIG FILE ERROR");
        assertTrue(start >= 0, output);
        return output.substring(start)
                .stripTrailing()
                .replaceFirst("\\(Redis [0-9.]+\\)", "(Redis 7.2.4)");
    }

    /** Where a start fails late, other threads are there already: the process must end all the same, and say why. */
    @ParameterizedTest
    @ValueSource(strings = {"dbfilename", "pidfile", "unixsocket", "aclfile", "logfile"})
    void aNameThatNoFileCanHaveEndsTheStart(String directive) {
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .conf(directive + " \"a\\x00b\"")
                        .launch()) {
            assertEquals(1, server.awaitExit(Duration.ofSeconds(30)));
            assertFalse(server.log().isBlank());
        }
    }
}
