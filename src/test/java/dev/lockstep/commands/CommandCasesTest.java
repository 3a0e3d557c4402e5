package dev.lockstep.commands;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.CaseFile;
import dev.lockstep.testing.TwiceRun;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/** Every case of src/test/resources/cases gives the same replies on Lockstep as on a stock redis-server. */
class CommandCasesTest {
    private static TwiceRun twice;

    @BeforeAll
    static void start() {
        twice = new TwiceRun("proto-max-bulk-len 64mb", "maxclients 200");
    }

    @AfterAll
    static void stop() {
        twice.close();
    }

    @AfterEach
    void bothStillRun() {
        assertTrue(twice.stock().isAlive(), () -> twice.stock().logTail());
        assertTrue(twice.lockstep().isAlive(), () -> twice.lockstep().logTail());
    }

    @TestFactory
    Stream<DynamicContainer> cases() {
        return CaseFile.names().stream().map(twice::tests);
    }
}
