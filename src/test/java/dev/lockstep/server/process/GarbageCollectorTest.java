package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GarbageCollectorTest {
    @TempDir Path dir;

    @ParameterizedTest
    @EnabledOnOs(OS.LINUX)
    @CsvSource({"G1,false", "Z,false", "Serial,true", "Parallel,true"})
    void onlyOneThatCopiesTheDataIsWarnedOf(String collector, boolean copies) {
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .jvmOptions("-XX:+Use" + collector + "GC")
                        .start()) {
            assertEquals(copies, server.log().contains("-XX:+UseG1GC"), server::logTail);
        }
    }

    @Test
    void nothingIsSaidWhereTheThreadsAreUnknown() throws IOException {
        assertFalse(GarbageCollector.copiesLargeArrays(dir.resolve("missing")));
        Files.createDirectory(dir.resolve("7"));
        assertFalse(GarbageCollector.copiesLargeArrays(dir), "no name");
        Files.writeString(dir.resolve("7/comm"), "VM Thread\n");
        assertTrue(GarbageCollector.copiesLargeArrays(dir));
    }
}
