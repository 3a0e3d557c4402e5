package dev.lockstep.testing;

import java.util.List;

/**
 * One named list of steps that is run against two servers and must give the same replies; read from a case file.
 *
 * <p>{@code protocols} are the RESP versions (2, 3) the case is for; {@code line} is where it starts in {@code file}.
 */
public record CommandCase(
        String file, int line, String name, List<Integer> protocols, List<Step> steps) {

    /**
     * One command and how its two replies are compared.
     *
     * @param connection name of the connection it goes through; "" is the case's own
     * @param text the line as written, without the connection
     * @param tolerance how the replies are compared, or exactly
     * @param expected Lockstep's reply where Redis 7.2 and the stock server differ, else null
     */
    public record Step(String connection, String text, Tolerance tolerance, String expected) {}

    @Override
    public String toString() {
        return file + ":" + line + " " + name;
    }
}
