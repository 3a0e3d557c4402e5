package dev.lockstep.server.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Processor time used, as {@code /proc/pid/stat} counts it.
 *
 * @param userSeconds in the program itself, in steps of 10 ms
 * @param systemSeconds in the kernel on its behalf, in steps of 10 ms
 */
public record CpuTimes(double userSeconds, double systemSeconds) {
    /** What Linux reports ticks in, on every architecture that runs a JVM (USER_HZ). */
    private static final double TICKS_PER_SECOND = 100.0;

    private static final int UTIME_FIELD = 14;
    private static final int STIME_FIELD = 15;

    /**
     * Reads a {@code stat} file. Its second field, the command in brackets, may hold blanks and brackets of
     * its own; the third starts after the last bracket.
     */
    static CpuTimes read(Path stat) {
        try {
            String line = Files.readString(stat, StandardCharsets.ISO_8859_1);
            String[] fromThird = line.substring(line.lastIndexOf(')') + 2).split(" ");
            return new CpuTimes(
                    Long.parseLong(fromThird[UTIME_FIELD - 3]) / TICKS_PER_SECOND,
                    Long.parseLong(fromThird[STIME_FIELD - 3]) / TICKS_PER_SECOND);
        } catch (IOException noProc) {
            return new CpuTimes(0, 0);
        }
    }
}
