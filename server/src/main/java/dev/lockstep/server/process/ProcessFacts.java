package dev.lockstep.server.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the operating system says about this process and its machine, for INFO.
 *
 * <p>Read from {@code /proc} (see proc(5)), in one small file read per call; where there is none, numbers
 * are 0. Any thread; no process is ever started.
 */
public final class ProcessFacts {
    private static final long BYTES_PER_KIB = 1024;
    private static final Path PROC_SELF = Path.of("/proc/self");

    private ProcessFacts() {}

    /** This process' id; not from {@code ProcessHandle}, whose first use starts a thread pool. */
    public static long pid() {
        try {
            return Long.parseLong(Files.readSymbolicLink(PROC_SELF).toString());
        } catch (IOException noProc) {
            return ProcessHandle.current().pid();
        }
    }

    /**
     * Path of the program, as INFO's {@code executable}: the jar that runs, or the JVM where the classes
     * aren't in one.
     */
    public static String executable() {
        String classPath = System.getProperty("java.class.path", "");
        if (classPath.endsWith(".jar") && classPath.indexOf(':') < 0) {
            return Path.of(classPath).toAbsolutePath().normalize().toString();
        }
        return ProcessHandle.current().info().command().orElse("");
    }

    /** As {@code uname} names system, release and machine: {@code Linux 6.1.0 x86_64}. */
    public static String operatingSystem() {
        String machine = System.getProperty("os.arch");
        return System.getProperty("os.name")
                + ' '
                + System.getProperty("os.version")
                + ' '
                + (machine.equals("amd64") ? "x86_64" : machine);
    }

    /** INFO's {@code gcc_version}; this is what a Redis shows that GCC didn't build. */
    public static String gccVersion() {
        return "0.0.0";
    }

    /** INFO's {@code monotonic_clock}: what {@code System.nanoTime} reads. */
    public static String monotonicClock() {
        return "POSIX clock_gettime";
    }

    /** Bytes of this process that are in memory now. */
    public static long residentBytes() {
        return kibibytes(PROC_SELF.resolve("status"), "VmRSS:");
    }

    /** The most bytes of this process that ever were in memory at once. */
    public static long peakResidentBytes() {
        return kibibytes(PROC_SELF.resolve("status"), "VmHWM:");
    }

    /** Bytes of memory that the machine has. */
    public static long systemMemoryBytes() {
        return kibibytes(Path.of("/proc/meminfo"), "MemTotal:");
    }

    /** How many files this process may have open at once. */
    public static long maxOpenFiles() {
        String limit = field(PROC_SELF.resolve("limits"), "Max open files");
        if (limit == null) {
            return 0;
        }
        return limit.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(limit);
    }

    /** Processor time that all of this process' threads have used. */
    public static CpuTimes cpuTimes() {
        return CpuTimes.read(PROC_SELF.resolve("stat"));
    }

    /** Processor time that one thread has used; see {@link #threadId()}. */
    public static CpuTimes cpuTimes(long threadId) {
        return CpuTimes.read(
                PROC_SELF.resolve("task").resolve(Long.toString(threadId)).resolve("stat"));
    }

    /** The system's id of the calling thread; 0 where there is no {@code /proc}. */
    public static long threadId() {
        try {
            Path self = Files.readSymbolicLink(Path.of("/proc/thread-self"));
            return Long.parseLong(self.getFileName().toString());
        } catch (IOException noProc) {
            return 0;
        }
    }

    /** The first word after {@code label} at the start of a line; null if there is no such line. */
    private static String field(Path file, String label) {
        try {
            for (String line : lines(file)) {
                if (line.startsWith(label)) {
                    return line.substring(label.length()).strip().split("\\s+", 2)[0];
                }
            }
        } catch (IOException noProc) {
            return null;
        }
        return null;
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    }

    private static long kibibytes(Path file, String label) {
        String number = field(file, label);
        return number == null ? 0 : Long.parseLong(number) * BYTES_PER_KIB;
    }
}
