package dev.lockstep.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * An authority and certificates from it, made by {@code openssl} in a directory of their own: {@code ca.crt}, and {@code
 * NAME.crt} with {@code NAME.key} for each name that was asked for.
 */
public final class TlsFiles implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String PASSWORD = "store-password";

    private final TempDir directory = new TempDir();

    /** An authority, and certificates from it. */
    public TlsFiles(String... names) {
        openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt"
                        + " -days 3 -subj /CN=authority");
        Arrays.stream(names).forEach(this::certificate);
    }

    /** One more certificate, with an elliptic key. */
    public void certificate(String name) {
        certificate(name, "ec -pkeyopt ec_paramgen_curve:prime256v1");
    }

    /** One more certificate, with a key as {@code openssl req -newkey} takes it. */
    public void certificate(String name, String newKey) {
        openssl(
                "req -newkey "
                        + newKey
                        + " -nodes -keyout "
                        + name
                        + ".key -out "
                        + name
                        + ".csr -subj /CN="
                        + name);
        openssl(
                "x509 -req -in "
                        + name
                        + ".csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3 -out "
                        + name
                        + ".crt");
    }

    /** Runs openssl in the directory; its arguments are separated by blanks. */
    public void openssl(String arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        Program.run(LIMIT, directory.path(), command).expectExit(0);
    }

    /** A file of the directory. */
    public Path path(String name) {
        return directory.path().resolve(name);
    }

    /** The lines of a configuration with a TLS port and the certificate of that name. */
    public String[] conf(int tlsPort, String name) {
        return new String[] {
            "tls-port " + tlsPort,
            "tls-cert-file " + path(name + ".crt"),
            "tls-key-file " + path(name + ".key"),
            "tls-ca-cert-file " + path("ca.crt")
        };
    }

    /** What redis-cli needs to connect with the certificate of that name. */
    public List<String> cli(int tlsPort, String name) {
        return List.of(
                ServerKind.program("redis-cli"),
                "-p",
                "" + tlsPort,
                "--tls",
                "--cacert",
                path("ca.crt").toString(),
                "--cert",
                path(name + ".crt").toString(),
                "--key",
                path(name + ".key").toString());
    }

    /** A client's side that shows the certificate of that name (null for none) and takes any from the server. */
    public SSLContext context(String name) {
        try {
            KeyManagerFactory keys = null;
            if (name != null) {
                openssl(
                        "pkcs12 -export -inkey "
                                + name
                                + ".key -in "
                                + name
                                + ".crt -out "
                                + name
                                + ".p12 -passout pass:"
                                + PASSWORD);
                KeyStore store = KeyStore.getInstance("PKCS12");
                try (InputStream in = Files.newInputStream(path(name + ".p12"))) {
                    store.load(in, PASSWORD.toCharArray());
                }
                keys = KeyManagerFactory.getInstance("PKIX");
                keys.init(store, PASSWORD.toCharArray());
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    keys == null ? null : keys.getKeyManagers(),
                    new TrustManager[] {new TakesAny()},
                    null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Whom a test talks to is known; what it tests is the other direction. */
    private static final class TakesAny implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String keyType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String keyType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** A connected socket on which the handshake is still to come. */
    public static SSLSocket socket(SSLContext context, int port) throws IOException {
        Socket plain = new Socket();
        plain.connect(new InetSocketAddress("127.0.0.1", port), (int) LIMIT.toMillis());
        plain.setTcpNoDelay(true);
        plain.setSoTimeout((int) LIMIT.toMillis());
        return (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", port, true);
    }

    /** A client over TLS; the handshake is done when this returns. */
    public static RespClient connect(SSLContext context, int port) throws IOException {
        SSLSocket socket = socket(context, port);
        socket.startHandshake();
        return new RespClient(socket);
    }

    @Override
    public void close() {
        directory.close();
    }
}
