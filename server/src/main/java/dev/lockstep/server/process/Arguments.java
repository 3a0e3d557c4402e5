package dev.lockstep.server.process;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * The program's arguments, taken apart only as far as needed to know what is asked for.
 *
 * <p>The grammar is Redis': a leading argument without a dash names the configuration file; a lone {@code
 * -} as first or last argument asks for configuration on standard input; all the rest are directives, which
 * the configuration reads itself. {@code --version} and {@code --help} count in first place only.
 *
 * @param request what the process should do
 * @param configFile the configuration file's path as given, or null
 * @param configOnStdin whether configuration text follows on standard input
 * @param overrides the directives on the command line, each argument as given
 */
public record Arguments(
        Request request, String configFile, boolean configOnStdin, List<String> overrides) {

    /** What the process was started for. */
    public enum Request {
        SERVE,
        SHOW_VERSION,
        SHOW_HELP
    }

    public static Arguments parse(String... args) {
        if (args.length > 0) {
            switch (args[0]) {
                case "-v", "--version" -> {
                    return only(Request.SHOW_VERSION);
                }
                case "-h", "--help" -> {
                    return only(Request.SHOW_HELP);
                }
                default -> {}
            }
        }
        int first = 0;
        int end = args.length;
        String configFile = null;
        if (first < end && !args[first].startsWith("-")) {
            configFile = args[first++];
        }
        boolean configOnStdin = first < end && args[end - 1].equals("-");
        if (configOnStdin) {
            end--;
        } else if (first < end && args[first].equals("-")) {
            configOnStdin = true;
            first++;
        }
        return new Arguments(
                Request.SERVE, configFile, configOnStdin, List.of(args).subList(first, end));
    }

    /**
     * Reads the configuration text that the arguments announce, to its end.
     *
     * @return null if they announce none
     */
    public byte[] readStdin(InputStream stdin) throws IOException {
        return configOnStdin ? stdin.readAllBytes() : null;
    }

    private static Arguments only(Request request) {
        return new Arguments(request, null, false, List.of());
    }

    /** What {@code --help} prints, without a final newline. */
    public static String help() {
        return """
                Usage: lockstep [CONFIG-FILE] [--DIRECTIVE VALUE ...] [-]

                  CONFIG-FILE          a file in the grammar of redis.conf
                  --DIRECTIVE VALUE    any directive of the file; it wins over the file
                  -                    read more configuration from standard input

                  -v, --version        show the version and exit
                  -h, --help           show this text and exit

                Examples:
                  lockstep                                   serve on port 6379 with the defaults
                  lockstep conf/lockstep.conf
                  lockstep --port 6380 --replicaof 127.0.0.1 6379
                  lockstep conf/lockstep.conf --loglevel verbose
                  echo 'maxmemory 128mb' | lockstep -""";
    }
}
