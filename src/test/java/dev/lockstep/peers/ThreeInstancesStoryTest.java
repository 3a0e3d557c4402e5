package dev.lockstep.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Ports;
import dev.lockstep.testing.Program;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.TempDir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three daemons, stock redis-cli, a master that goes away and comes back as a replica: the operator's first evening. */
class ThreeInstancesStoryTest {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final TempDir directory = new TempDir();
    private final List<Daemon> daemons = new ArrayList<>();

    /** One of the three instances; known by its port and its pid file, as an operator knows it. */
    private record Daemon(int port, Path directory) {
        Path pidFile() {
            return directory.resolve("redis_" + port + ".pid");
        }

        Path logFile() {
            return directory.resolve(port + ".log");
        }

        Path confFile() {
            return directory.resolve(port + ".conf");
        }

        void writeConf() throws IOException {
            Files.createDirectories(directory);
            Files.write(
                    confFile(),
                    List.of(
                            "port " + port,
                            "daemonize yes",
                            "pidfile " + pidFile(),
                            "loglevel notice",
                            "logfile " + logFile(),
                            "dbfilename dump.rdb",
                            "dir " + directory,
                            "protected-mode no"));
        }

        void start() {
            List<String> command =
                    new ArrayList<>(ServerKind.LOCKSTEP.command("256m", List.of("-Xms16m")));
            command.add(confFile().toString());
            Program.run(START_LIMIT, directory, command).expectExit(0);
            Await.until("PONG from " + port, LIMIT, () -> cli("PING").equals("PONG"), this::log);
        }

        /** What stock redis-cli prints. */
        String cli(String... words) {
            List<String> command =
                    new ArrayList<>(List.of(ServerKind.program("redis-cli"), "-p", "" + port));
            command.addAll(List.of(words));
            return Program.run(LIMIT, directory, command).output().strip();
        }

        void awaitInfo(String line) {
            Await.until(
                    port + " says " + line,
                    LIMIT,
                    () ->
                            cli("INFO", "replication")
                                    .lines()
                                    .map(String::strip)
                                    .anyMatch(line::equals),
                    () -> cli("INFO", "replication") + "\n" + log());
        }

        void awaitValue(String key, String value) {
            Await.until(
                    port + " has " + key + "=" + value,
                    LIMIT,
                    () -> cli("GET", key).equals(value),
                    this::log);
        }

        Optional<ProcessHandle> process() {
            try {
                return ProcessHandle.of(Long.parseLong(Files.readString(pidFile()).strip()));
            } catch (IOException e) {
                return Optional.empty();
            }
        }

        String log() {
            try {
                return Files.readString(logFile());
            } catch (IOException e) {
                return "no log: " + e;
            }
        }
    }

    @BeforeEach
    void writeThreeConfFiles() throws IOException {
        for (int i = 0; i < 3; i++) {
            int port = Ports.free();
            Daemon daemon = new Daemon(port, directory.path().resolve("" + port));
            daemon.writeConf();
            daemons.add(daemon);
        }
    }

    @AfterEach
    void endDaemons() {
        for (Daemon daemon : daemons) {
            daemon.process().ifPresent(ProcessHandle::destroyForcibly);
        }
        for (Daemon daemon : daemons) {
            daemon.process().ifPresent(p -> p.onExit().join());
        }
        directory.close();
    }

    @Test
    void theMasterGoesAndAReplicaTakesOver() {
        Daemon first = daemons.get(0);
        Daemon second = daemons.get(1);
        Daemon third = daemons.get(2);
        daemons.forEach(Daemon::start);
        daemons.forEach(d -> assertTrue(d.process().orElseThrow().isAlive(), d.log()));

        assertEquals("OK", second.cli("SLAVEOF", "127.0.0.1", "" + first.port()));
        assertEquals("OK", third.cli("SLAVEOF", "127.0.0.1", "" + first.port()));
        second.awaitInfo("master_link_status:up");
        third.awaitInfo("master_link_status:up");
        first.awaitInfo("connected_slaves:2");
        first.awaitInfo("role:master");
        second.awaitInfo("role:slave");
        third.awaitInfo("master_port:" + first.port());
        assertTrue(
                first.cli("INFO", "replication").contains("slave0:ip=127.0.0.1,port="),
                first.log());

        assertEquals("OK", first.cli("SET", "name", "lockstep"));
        second.awaitValue("name", "lockstep");
        third.awaitValue("name", "lockstep");
        assertTrue(
                second.cli("SET", "name", "other")
                        .startsWith("READONLY You can't write against a read only"));

        ProcessHandle firstProcess = first.process().orElseThrow();
        assertEquals("", first.cli("SHUTDOWN"));
        Await.until("the first instance ends", LIMIT, () -> !firstProcess.isAlive(), first::log);
        assertFalse(Files.exists(first.pidFile()));
        second.awaitInfo("master_link_status:down");
        third.awaitInfo("master_link_status:down");
        assertEquals("lockstep", second.cli("GET", "name"));
        assertEquals("lockstep", third.cli("GET", "name"));

        assertEquals("OK", second.cli("SLAVEOF", "NO", "ONE"));
        second.awaitInfo("role:master");
        assertEquals("OK", third.cli("SLAVEOF", "127.0.0.1", "" + second.port()));
        third.awaitInfo("master_link_status:up");
        third.awaitInfo("master_port:" + second.port());
        assertEquals("OK", second.cli("SET", "name", "second"));
        third.awaitValue("name", "second");

        first.start();
        assertEquals("lockstep", first.cli("GET", "name"));
        assertEquals("OK", first.cli("SLAVEOF", "127.0.0.1", "" + second.port()));
        first.awaitInfo("master_link_status:up");
        second.awaitInfo("connected_slaves:2");
        first.awaitValue("name", "second");
        assertEquals("OK", second.cli("SET", "last", "word"));
        first.awaitValue("last", "word");
        third.awaitValue("last", "word");
        assertEquals(second.cli("DBSIZE"), first.cli("DBSIZE"));
        assertEquals(second.cli("DBSIZE"), third.cli("DBSIZE"));
    }
}
