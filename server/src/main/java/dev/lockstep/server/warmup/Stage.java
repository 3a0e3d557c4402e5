package dev.lockstep.server.warmup;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.process.StartupFailure;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A second server in this process, of the same classes, with data and threads of its own: on the loopback interface, on a
 * port that nobody knows and behind a password that nobody could guess. It touches no file, and is gone when this is closed.
 *
 * <p>The warm-up's thread only.
 */
final class Stage implements AutoCloseable {
    private static final int PASSWORD_BYTES = 16;

    /** What changes the way that a request takes through the code is set as in the server itself. */
    private static final List<String> COPIED =
            List.of("io-transport", "io-threads", "maxmemory-policy");

    private final InetAddress address = InetAddress.getLoopbackAddress();
    private final int port;
    private final String password;
    private LockstepServer server;

    /** @param model the configuration of the server that is warmed up */
    Stage(Configuration model) throws IOException, StartupFailure {
        byte[] secret = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(secret);
        password = HexFormat.of().formatHex(secret);
        try (ServerSocket free = new ServerSocket(0, 1, address)) {
            port = free.getLocalPort();
        }
        try {
            server = new LockstepServer(configuration(model));
            server.open();
            server.load();
        } catch (StartupFailure | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private Configuration configuration(Configuration model) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--port " + port,
                                "--bind " + address.getHostAddress(),
                                "--requirepass " + password,
                                "--save \"\"",
                                "--dbfilename " + password,
                                "--repl-diskless-sync-delay 0",
                                "--enable-debug-command yes",
                                "--jit-warmup no"));
        model.get(COPIED).forEach((name, value) -> arguments.add("--" + name + " " + value));
        List<String> words = new ArrayList<>();
        arguments.forEach(argument -> words.addAll(List.of(argument.split(" ", 2))));
        return Configuration.load(words.toArray(String[]::new), InputStream.nullInputStream());
    }

    String password() {
        return password;
    }

    String host() {
        return address.getHostAddress();
    }

    String port() {
        return Integer.toString(port);
    }

    Socket connect() throws IOException {
        return new Socket(address, port);
    }

    @Override
    public void close() {
        if (server != null) {
            server.end();
        }
    }
}
