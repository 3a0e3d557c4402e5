package dev.lockstep.server.process;

import java.util.Map;

/** The supervisor that this process runs under, for INFO's {@code process_supervised}. */
public final class Supervision {
    private static final String SYSTEMD_VARIABLE = "NOTIFY_SOCKET";
    private static final String UPSTART_VARIABLE = "UPSTART_JOB";

    private Supervision() {}

    /**
     * What the {@code supervised} directive comes to.
     *
     * @param directive {@code no}, {@code auto}, {@code systemd} or {@code upstart}
     * @param environment the process' environment, where a supervisor makes itself known
     * @return {@code systemd} or {@code upstart} if it is there, else {@code no}; under a supervisor the
     *     server doesn't daemonize
     */
    public static String effective(String directive, Map<String, String> environment) {
        boolean auto = directive.equals("auto");
        if ((auto || directive.equals("upstart")) && environment.containsKey(UPSTART_VARIABLE)) {
            return "upstart";
        }
        if ((auto || directive.equals("systemd")) && environment.containsKey(SYSTEMD_VARIABLE)) {
            return "systemd";
        }
        return "no";
    }

    /** The variable by which the supervisor that the directive names would make itself known, if it doesn't; else null. */
    public static String missing(String directive, Map<String, String> environment) {
        String variable =
                switch (directive) {
                    case "systemd" -> SYSTEMD_VARIABLE;
                    case "upstart" -> UPSTART_VARIABLE;
                    default -> null;
                };
        return variable == null || environment.containsKey(variable) ? null : variable;
    }
}
