package dev.lockstep.server.config;

import dev.lockstep.server.process.Version;
import java.nio.charset.StandardCharsets;

/**
 * One line of a configuration, for the message that names it.
 *
 * @param includedFile the file the line stands in if that isn't the configuration file itself, else null
 * @param number counted from 1; options of the command line count as lines after the file
 * @param text the line without the blanks around it
 */
record ConfigurationLine(String includedFile, int number, String text) {
    /** The message with which the server gives up on this line. */
    ConfigurationException error(String reason) {
        String file = includedFile == null ? "" : " '" + includedFile + "'";
        return fatal(
                "Reading the configuration file"
                        + file
                        + ", at line "
                        + number
                        + "\n>>> '"
                        + text
                        + "'\n"
                        + reason);
    }

    /** The message with which the server gives up on a configuration as a whole. */
    static ConfigurationException fatal(String reason) {
        String message =
                "\n*** FATAL CONFIG FILE ERROR (Redis " + Version.REDIS + ") ***\n" + reason;
        byte[] bytes = message.getBytes(StandardCharsets.ISO_8859_1);
        return new ConfigurationException(new String(bytes, StandardCharsets.UTF_8));
    }
}
