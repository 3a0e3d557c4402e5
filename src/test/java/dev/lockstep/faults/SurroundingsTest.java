package dev.lockstep.faults;

import static dev.lockstep.testing.ServerKind.LOCKSTEP;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers on machines that are set up otherwise: another language, a plain environment, a directory for temporary files. */
class SurroundingsTest {
    @TempDir private Path temporary;

    /** Egypt's Arabic has digits of its own. */
    @Test
    void filesAndLogAreTheSameInEveryLanguage() throws IOException {
        try (ServerProcess server =
                        ServerProcess.builder(LOCKSTEP)
                                .jvmOptions("-Duser.language=ar", "-Duser.country=EG")
                                .conf("save \"\"", "enable-debug-command yes")
                                .start();
                RespClient client = server.connect()) {
            client.call("ZADD", "z", "1e-7", "a", "12345678901234567890", "b");
            client.ok("SAVE");
            byte[] start =
                    Arrays.copyOf(Files.readAllBytes(server.directory().resolve("dump.rdb")), 9);
            assertArrayEquals("REDIS0010".getBytes(StandardCharsets.US_ASCII), start);
            client.ok("DEBUG", "RELOAD");
            assertEquals("1e-7", client.call("ZSCORE", "z", "a").text());
            assertTrue(server.logTail().chars().allMatch(c -> c < 128), server::logTail);
        }
    }

    /** What the JVM can't name there is refused, with all that was to be set with it. */
    @Test
    void aPlainEnvironmentHasNoFilesWithOtherLetters() {
        try (ServerProcess server =
                        ServerProcess.builder(LOCKSTEP)
                                .prefix("env", "-i", "LC_ALL=POSIX")
                                .conf("enable-protected-configs yes")
                                .start();
                RespClient client = server.connect()) {
            String before = client.call("CONFIG", "GET", "maxmemory").toString();
            String refusal =
                    client.call(
                                    "CONFIG",
                                    "SET",
                                    "maxmemory",
                                    "100000000",
                                    "appendonly",
                                    "yes",
                                    "dir",
                                    "./\u00c3\u00a4")
                            .toString();
            assertTrue(refusal.contains("'dir'") && refusal.contains("LANG=C.UTF-8"), refusal);
            assertEquals(before, client.call("CONFIG", "GET", "maxmemory").toString());
            assertEquals("no", client.call("CONFIG", "GET", "appendonly").items().get(1).text());
            client.ok("CONFIG", "SET", "appendonly", "yes");
            assertEquals("1", server.info("persistence").get("aof_enabled"));
        }
    }

    /** Lua's library lies nowhere by a name that others could take, and isn't left behind. */
    @Test
    void scriptsLeaveNothingInTheDirectoryForTemporaryFiles() throws IOException {
        try (ServerProcess server =
                        ServerProcess.builder(LOCKSTEP)
                                .jvmOptions("-Djava.io.tmpdir=" + temporary)
                                .start();
                RespClient client = server.connect()) {
            assertEquals(
                    "{\"a\":1}", client.call("EVAL", "return cjson.encode({a=1})", "0").text());
            try (Stream<Path> files = Files.list(temporary)) {
                assertEquals(List.of(), files.toList());
            }
        }
    }

    @Test
    void theLogHasTheTextOfScriptsAsItIs() {
        try (ServerProcess server = ServerProcess.start(LOCKSTEP);
                RespClient client = server.connect()) {
            client.call("EVAL", "redis.log(redis.LOG_WARNING, 'gr\u00c3\u00bcn')", "0");
            assertTrue(server.logTail().contains("gr\u00c3\u00bcn"), server::logTail);
        }
    }
}
