package dev.lockstep.server;

import dev.lockstep.server.process.Arguments;
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
            case SHOW_VERSION -> print(Version.line());
            case SHOW_HELP -> print(Arguments.help());
            case SERVE -> {}
        }
    }

    private static void print(String text) throws IOException {
        try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
            out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
