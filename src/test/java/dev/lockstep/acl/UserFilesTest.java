package dev.lockstep.acl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Users outlive the process: in the configuration or in an ACL file, which a stock server takes over as they are. */
@Execution(ExecutionMode.CONCURRENT)
class UserFilesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String HASH =
            "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    private static final String ALICE =
            "user alice on sanitize-payload #"
                    + HASH
                    + " ~a* %R~b* resetchannels &c* -@all +@read -keys +config|get (%W~w resetchannels -@all +set)";
    private static final String BOB =
            "user bob off nopass skip-sanitize-payload ~* &* +@all -@dangerous";
    private static final String DEFAULT = "user default on nopass sanitize-payload ~* &* +@all";

    private static List<String> list(ServerProcess server) {
        return server.call("ACL", "LIST").items().stream().map(Reply::text).toList();
    }

    private static ServerProcess withFile(ServerKind kind, String... lines) throws IOException {
        ServerProcess.Builder builder = ServerProcess.builder(kind).conf("aclfile users.acl");
        Files.write(builder.directory().resolve("users.acl"), List.of(lines));
        return builder.start();
    }

    @Test
    void usersOfTheConfigurationSurviveARewriteAndARestart() throws IOException {
        try (ServerProcess server =
                ServerProcess.start(
                        ServerKind.LOCKSTEP,
                        "user alice on >secret ~a* %R~b* &c* +@read -keys +config|get (%W~w +set)")) {
            assertEquals(List.of(ALICE, DEFAULT), list(server));
            server.call(
                    "ACL",
                    "SETUSER",
                    "bob",
                    "nopass",
                    "skip-sanitize-payload",
                    "~*",
                    "&*",
                    "+@all",
                    "-@dangerous");
            assertEquals(new Reply.Simple("OK"), server.call("CONFIG", "REWRITE"));
            List<String> lines = Files.readAllLines(server.directory().resolve("server.conf"));
            assertEquals(
                    List.of(ALICE, BOB, DEFAULT),
                    lines.stream().filter(line -> line.startsWith("user ")).toList());
            server.call("ACL", "DELUSER", "bob");
            server.stop();
            server.restart();
            assertEquals(List.of(ALICE, BOB, DEFAULT), list(server));
            server.call("ACL", "DELUSER", "alice", "bob");
            server.call("CONFIG", "REWRITE");
            lines = Files.readAllLines(server.directory().resolve("server.conf"));
            assertEquals(
                    List.of(DEFAULT),
                    lines.stream().filter(line -> line.startsWith("user ")).toList());
        }
    }

    @Test
    void whatTheConfigurationTakesForQuotesSurvivesARewriteToo() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP)) {
            String name = "o'mal\"ley\\n";
            server.call("ACL", "SETUSER", name, "on", "nopass", "~a\"b*", "+@all", "(~'c' +get)");
            List<String> users = list(server);
            assertTrue(users.get(1).startsWith("user " + name + " on"), users.get(1));
            assertEquals(new Reply.Simple("OK"), server.call("CONFIG", "REWRITE"));
            server.stop();
            server.restart();
            assertEquals(users, list(server));
        }
    }

    @Test
    void theCommandLineDeclaresUsersToo() {
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .commandLine(
                                "--user", "u", "on", "nopass", "+@all", "--user", "v", "(~a",
                                "+get)")
                        .start()) {
            assertEquals(
                    List.of(
                            DEFAULT,
                            "user u on nopass sanitize-payload resetchannels +@all",
                            "user v off sanitize-payload resetchannels -@all (~a resetchannels -@all +get)"),
                    list(server));
        }
    }

    @Test
    void theFileIsReadAtTheStartAndWrittenBySave() throws IOException {
        try (ServerProcess server = withFile(ServerKind.LOCKSTEP, "", " " + ALICE + " \r", BOB)) {
            assertEquals(List.of(ALICE, BOB, DEFAULT), list(server));
            server.call("ACL", "SETUSER", "carol", "on", ">x");
            assertEquals(new Reply.Simple("OK"), server.call("ACL", "SAVE"));
            Path file = server.directory().resolve("users.acl");
            assertEquals(list(server), Files.readAllLines(file));
            try (Stream<Path> files = Files.list(server.directory())) {
                assertEquals(
                        List.of("users.acl"),
                        files.map(each -> each.getFileName().toString())
                                .filter(name -> name.contains("acl"))
                                .toList());
            }
            server.call("CONFIG", "REWRITE");
            List<String> conf = Files.readAllLines(server.directory().resolve("server.conf"));
            assertFalse(conf.stream().anyMatch(line -> line.startsWith("user ")));
            server.kill();
            server.restart();
            assertEquals(4, list(server).size());
        }
    }

    @Test
    void aStockServerTakesTheFileOver() throws IOException {
        List<String> saved;
        try (ServerProcess server = withFile(ServerKind.LOCKSTEP, ALICE, BOB)) {
            server.call("ACL", "SAVE");
            saved = Files.readAllLines(server.directory().resolve("users.acl"));
        }
        try (ServerProcess stock = withFile(ServerKind.STOCK, saved.toArray(String[]::new))) {
            try (RespClient client = stock.connect()) {
                assertEquals(new Reply.Simple("OK"), client.call("AUTH", "alice", "secret"));
                assertEquals(Reply.Nil.BULK, client.call("GET", "a"));
                assertTrue(client.call("GET", "w").isError());
                assertEquals(new Reply.Simple("OK"), client.call("SET", "w", "v"));
            }
            stock.call("ACL", "SAVE");
            List<String> theirs = Files.readAllLines(stock.directory().resolve("users.acl"));
            try (ServerProcess server =
                    withFile(ServerKind.LOCKSTEP, theirs.toArray(String[]::new))) {
                assertEquals(saved.size(), list(server).size());
                try (RespClient client = server.connect()) {
                    assertEquals(new Reply.Simple("OK"), client.call("AUTH", "alice", "secret"));
                    assertEquals(Reply.Nil.BULK, client.call("GET", "a"));
                    assertTrue(client.call("GET", "w").isError());
                    assertEquals(new Reply.Simple("OK"), client.call("SET", "w", "v"));
                }
            }
        }
    }

    @Test
    void aFileWithErrorsChangesNothing() throws IOException {
        try (ServerProcess server = withFile(ServerKind.LOCKSTEP, ALICE, BOB);
                RespClient alice = server.connect()) {
            alice.ok("AUTH", "alice", "secret");
            Files.write(
                    server.directory().resolve("users.acl"),
                    List.of(
                            "user bob on",
                            "nobody on",
                            "user",
                            "user x +foo bad worse",
                            "user bob off",
                            "user y (~a",
                            "user a\tb on",
                            ""));
            assertEquals(
                    "-ERR users.acl:2: should start with user keyword followed by the username. "
                            + "users.acl:3: should start with user keyword followed by the username. "
                            + "users.acl:4: Error in applying operation '+foo': Unknown command or category name in ACL. "
                            + "users.acl:4: Syntax error. "
                            + "WARNING: Duplicate user 'bob' found on line 5. "
                            + "users.acl:6: Unmatched parenthesis in selector definition. "
                            + "users.acl:7: username 'a\tb' contains invalid characters. "
                            + "WARNING: ACL errors detected, no change to the previously active ACL rules was performed",
                    server.call("ACL", "LOAD").toString());
            assertEquals(List.of(ALICE, BOB, DEFAULT), list(server));
            assertEquals(Reply.Nil.BULK, alice.call("GET", "a"));
            Files.delete(server.directory().resolve("users.acl"));
            assertEquals(
                    "-ERR Error loading ACLs, opening file 'users.acl': No such file or directory",
                    server.call("ACL", "LOAD").toString());
            assertEquals(List.of(ALICE, BOB, DEFAULT), list(server));
        }
    }

    @Test
    void loadTakesTheFileOverAndClosesTheOldUsersClients() throws IOException {
        try (ServerProcess server = withFile(ServerKind.LOCKSTEP, ALICE, BOB);
                RespClient alice = server.connect();
                RespClient other = server.connect()) {
            alice.ok("AUTH", "alice", "secret");
            Files.write(
                    server.directory().resolve("users.acl"),
                    List.of("user default on nopass ~* &* +@all -flushall", ALICE));
            assertEquals(new Reply.Simple("OK"), other.call("ACL", "LOAD"));
            assertTrue(alice.closedWithin(LIMIT));
            assertEquals(List.of(ALICE, DEFAULT + " -flushall"), list(server));
            assertEquals(
                    "-NOPERM User default has no permissions to run the 'flushall' command",
                    other.call("FLUSHALL").toString());
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsTold() throws IOException {
        ServerProcess.Builder builder =
                ServerProcess.builder(ServerKind.LOCKSTEP).conf("aclfile sub/users.acl");
        Path file = builder.directory().resolve("sub/users.acl");
        Files.createDirectory(file.getParent());
        Files.write(file, List.of(ALICE));
        try (ServerProcess server = builder.start()) {
            Files.delete(file);
            Files.delete(file.getParent());
            assertEquals(
                    "-ERR There was an error trying to save the ACLs. Please check the server logs for more information",
                    server.call("ACL", "SAVE").toString());
            assertTrue(
                    server.log().contains("Error writing the ACL file: No such file or directory"));
            assertEquals(List.of(ALICE, DEFAULT), list(server));
        }
    }

    @Test
    void theStartFailsWhereUsersAreWrong() throws IOException {
        assertFails(
                null,
                "Error in user declaration '+foo': Unknown command or category name in ACL",
                "user a +foo");
        assertFails(null, "Error in user declaration 'bad': Syntax error", "user a on bad");
        assertFails(
                null,
                "Error in user declaration 'a': Duplicate user found. A user can only be defined once in config files",
                "user a",
                "user a on");
        assertFails(null, "Error in user declaration 'a b': Spaces not allowed", "user \"a b\" on");
        assertFails(null, "Error in user declaration '(~a': Unmatched parenthesis", "user a (~a");
        assertFails(
                null,
                "Aborting Redis startup because of ACL errors: Error loading ACLs, opening file 'none.acl': No such file or directory",
                "aclfile none.acl");
        assertFails(
                "user a bad",
                "Aborting Redis startup because of ACL errors: users.acl:1: Syntax error. WARNING:",
                "aclfile users.acl");
        assertFails(
                "user a",
                "please define either an ACL file or declare users directly in your redis.conf, but not both.",
                "aclfile users.acl",
                "user b");
    }

    private static void assertFails(String fileLine, String message, String... conf)
            throws IOException {
        ServerProcess.Builder builder = ServerProcess.builder(ServerKind.LOCKSTEP).conf(conf);
        if (fileLine != null) {
            Files.write(
                    builder.directory().resolve("users.acl"),
                    List.of(fileLine),
                    StandardCharsets.ISO_8859_1);
        }
        try (ServerProcess server = builder.launch()) {
            assertEquals(1, server.awaitExit(LIMIT), server::logTail);
            assertTrue(server.log().contains(message), server::logTail);
        }
    }
}
