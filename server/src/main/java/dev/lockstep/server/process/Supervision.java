package dev.lockstep.server.process;

import java.util.Map;

/** The supervisor that this process runs under, for INFO's {@code process_supervised}. */
public final class Supervision {
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
        if ((auto || directive.equals("upstart")) && environment.containsKey("UPSTART_JOB")) {
            return "upstart";
        }
        if ((auto || directive.equals("systemd")) && environment.containsKey("NOTIFY_SOCKET")) {
            return "systemd";
        }
        return "no";
    }
}
