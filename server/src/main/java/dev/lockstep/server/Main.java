package dev.lockstep.server;

import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.config.ConfigurationException;
import dev.lockstep.server.log.ServerLog;
import dev.lockstep.server.process.Arguments;
import dev.lockstep.server.process.StartupFailure;
import dev.lockstep.server.process.Version;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Starts a Lockstep server process. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        Arguments arguments = Arguments.parse(args);
        switch (arguments.request()) {
            case SHOW_VERSION -> print(FileDescriptor.out, Version.line());
            case SHOW_HELP -> print(FileDescriptor.out, Arguments.help());
            case SERVE -> serve(args);
        }
    }

    private static void serve(String[] args) throws IOException {
        try {
            ServerLog.bootstrap();
            Configuration config = Configuration.load(args, System.in);
            ServerLog.start(
                    config.general.logLevel.get().name().toLowerCase(java.util.Locale.ROOT),
                    config.general.logFile.get());
            LockstepServer server = new LockstepServer(config);
            server.open();
            server.awaitLoaded();
        } catch (ConfigurationException | StartupFailure e) {
            print(FileDescriptor.err, e.getMessage());
            System.exit(1);
        }
    }

    private static void print(FileDescriptor where, String text) throws IOException {
        try (FileOutputStream out = new FileOutputStream(where)) {
            out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
