package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.server.process.Arguments.Request;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
    @Test
    void versionAndHelpCountInFirstPlaceOnly() {
        assertEquals(Request.SHOW_VERSION, Arguments.parse("-v").request());
        assertEquals(Request.SHOW_VERSION, Arguments.parse("--version").request());
        assertEquals(Request.SHOW_HELP, Arguments.parse("-h").request());
        assertEquals(Request.SHOW_HELP, Arguments.parse("--help").request());
        assertEquals(Request.SERVE, Arguments.parse("a.conf", "--version").request());
        assertEquals(Request.SERVE, Arguments.parse().request());
    }

    @Test
    void fileDirectivesAndStandardInputAreToldApart() throws Exception {
        Arguments all = Arguments.parse("a.conf", "--port", "7777", "-");
        assertEquals("a.conf", all.configFile());
        assertEquals(List.of("--port", "7777"), all.overrides());
        assertTrue(all.configOnStdin());
        byte[] text = "port 1".getBytes();
        assertArrayEquals(text, all.readStdin(new ByteArrayInputStream(text)));

        Arguments overridesOnly = Arguments.parse("--save", "-1");
        assertNull(overridesOnly.configFile());
        assertFalse(overridesOnly.configOnStdin());
        assertNull(overridesOnly.readStdin(new ByteArrayInputStream(text)));
        assertEquals(List.of("--save", "-1"), overridesOnly.overrides());

        Arguments stdinFirst = Arguments.parse("-", "--port", "1");
        assertTrue(stdinFirst.configOnStdin());
        assertEquals(List.of("--port", "1"), stdinFirst.overrides());
    }

    @Test
    void theVersionLineHasRedisShapeAndTheBuildsVersion() throws Exception {
        String line = Version.line();
        assertTrue(
                line.matches("\\w+ server v=\\S+ .*sha=\\S+ malloc=\\S+ bits=64 build=\\S+"), line);
        String basedir = System.getProperty("lockstep.basedir");
        assertTrue(
                Files.readString(Path.of(basedir, "pom.xml"))
                        .contains("<version>" + Version.LOCKSTEP + "</version>"));
    }
}
