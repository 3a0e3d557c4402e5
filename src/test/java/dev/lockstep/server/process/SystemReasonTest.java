package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

/** What a failure is called in a log line, whoever has wrapped it. */
class SystemReasonTest {
    @Test
    void filesFailForTheSystemsReason() {
        assertEquals(
                "No such file or directory", SystemReason.of(new NoSuchFileException("/tmp/x")));
        assertEquals(
                "No space left on device",
                SystemReason.of(
                        new FileSystemException("/tmp/x", null, "No space left on device")));
        assertEquals("Is a directory", SystemReason.of(new IOException("/tmp/x (Is a directory)")));
    }

    @Test
    void connectionsFailForTheSystemsReason() {
        assertEquals(
                "Connection refused",
                SystemReason.of(
                        new ConnectException(
                                "finishConnect(..) failed with error(-111): Connection refused:"
                                        + " localhost/127.0.0.1:6380")));
        assertEquals(
                "Connection refused",
                SystemReason.of(new ConnectException("Connection refused: /[::1]:6380")));
        assertEquals(
                "Connection reset by peer",
                SystemReason.of(
                        new IOException(
                                "recv(..) failed with error(-104): Connection reset by peer")));
    }

    @Test
    void whatNobodyElseExplainsKeepsItsMessage() {
        assertEquals("the data don't fit", SystemReason.of(new IOException("the data don't fit")));
    }
}
