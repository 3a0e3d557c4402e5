package dev.lockstep.commands;

import static org.junit.jupiter.api.Assertions.assertTrue;

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
        return Stream.of(
                        "strings.txt",
                        "lists.txt",
                        "set.txt",
                        "numbers.txt",
                        "bits.txt",
                        "bitfield.txt",
                        "lcs.txt",
                        "hyperloglog.txt",
                        "keys.txt",
                        "expire.txt",
                        "scan.txt",
                        "sets.txt",
                        "sort.txt",
                        "streams.txt",
                        "sorted-sets.txt",
                        "geo.txt",
                        "dump.txt",
                        "object.txt",
                        "connection.txt",
                        "client.txt",
                        "pubsub.txt",
                        "events.txt",
                        "tracking.txt",
                        "server.txt",
                        "config.txt",
                        "command.txt",
                        "debug.txt",
                        "protocol.txt",
                        "hashes.txt",
                        "hash-fields.txt",
                        "transactions.txt",
                        "blocking.txt")
                .map(twice::tests);
    }
}
