package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Program;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ProcessFactsTest {
    @TempDir Path dir;

    @Test
    @EnabledOnOs(OS.LINUX)
    void factsAgreeWithTheJvmAndTheSystem() throws Exception {
        assertEquals(ProcessHandle.current().pid(), ProcessFacts.pid());
        assertTrue(ProcessFacts.residentBytes() > 10_000_000);
        assertTrue(ProcessFacts.peakResidentBytes() > 10_000_000);
        assertTrue(ProcessFacts.systemMemoryBytes() > ProcessFacts.residentBytes());
        assertTrue(ProcessFacts.maxOpenFiles() > 100);
        assertTrue(Files.exists(Path.of(ProcessFacts.executable())));
        assertEquals(
                Program.run(Duration.ofSeconds(10), "uname", "-srm").output().strip(),
                ProcessFacts.operatingSystem());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void cpuTimesGrowWithWorkInThreadAndProcess() {
        long thread = ProcessFacts.threadId();
        CpuTimes threadBefore = ProcessFacts.cpuTimes(thread);
        CpuTimes processBefore = ProcessFacts.cpuTimes();
        Started.await(
                "50 ms of processor time",
                () -> {
                    long sum = 0;
                    for (int i = 0; i < 10_000_000; i++) {
                        sum += Long.hashCode(sum + i);
                    }
                    return sum != 1
                            && ProcessFacts.cpuTimes(thread).userSeconds()
                                    >= threadBefore.userSeconds() + 0.05;
                });
        assertTrue(ProcessFacts.cpuTimes().userSeconds() >= processBefore.userSeconds() + 0.05);
    }

    @Test
    void aStatLineWithBracketsInTheCommandIsReadRight() throws Exception {
        Path stat =
                Files.writeString(
                        dir.resolve("stat"),
                        "42 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 31 0 0 20 0 1 0 99");
        assertEquals(new CpuTimes(2.5, 0.31), CpuTimes.read(stat));
        assertEquals(new CpuTimes(0, 0), CpuTimes.read(dir.resolve("missing")));
    }

    @Test
    void maxclientsIsFittedToTheOpenFilesLimit() throws Exception {
        assertEquals(10_000, OpenFilesLimit.fit(10_000, 1, 20_000));
        assertEquals(1024 - OpenFilesLimit.reserved(1), OpenFilesLimit.fit(10_000, 1, 1024));
        assertEquals(1024 - OpenFilesLimit.reserved(16), OpenFilesLimit.fit(10_000, 16, 1024));
        assertTrue(OpenFilesLimit.reserved(16) > OpenFilesLimit.reserved(1) + 30);
        assertEquals(10_000, OpenFilesLimit.fit(10_000, 1, 0));
        StartupFailure tooFew =
                assertThrows(
                        StartupFailure.class,
                        () -> OpenFilesLimit.fit(10, 1, OpenFilesLimit.reserved(1)));
        assertTrue(tooFew.getMessage().startsWith("Your current 'ulimit -n' of "));
    }

    @Test
    void supervisionNeedsASupervisor() {
        assertEquals("no", Supervision.effective("no", Map.of("NOTIFY_SOCKET", "/run/x")));
        assertEquals("no", Supervision.effective("auto", Map.of()));
        assertEquals("no", Supervision.effective("systemd", Map.of("UPSTART_JOB", "x")));
        assertEquals("systemd", Supervision.effective("auto", Map.of("NOTIFY_SOCKET", "/run/x")));
        assertEquals("upstart", Supervision.effective("upstart", Map.of("UPSTART_JOB", "x")));
        assertNull(Supervision.missing("no", Map.of()));
        assertNull(Supervision.missing("auto", Map.of()));
        assertNull(Supervision.missing("systemd", Map.of("NOTIFY_SOCKET", "/run/x")));
        assertEquals("NOTIFY_SOCKET", Supervision.missing("systemd", Map.of("UPSTART_JOB", "x")));
        assertEquals("UPSTART_JOB", Supervision.missing("upstart", Map.of()));
    }

    @Test
    void ioFailuresGetTheSystemsWords() {
        Path missing = dir.resolve("missing");
        assertEquals(
                "No such file or directory",
                reason(() -> Files.readString(missing.resolve("below"))));
        assertEquals(
                "No such file or directory",
                reason(() -> new FileOutputStream(missing.resolve("below").toFile()).close()));
        assertEquals("Is a directory", reason(() -> Files.writeString(dir, "text")));
        assertEquals("File exists", reason(() -> Files.createDirectory(dir)));
    }

    private interface Failing {
        void run() throws IOException;
    }

    private static String reason(Failing action) {
        return SystemReason.of(assertThrows(IOException.class, action::run));
    }
}
