package dev.lockstep.server.tls;

import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.config.TextSetting;
import dev.lockstep.server.config.TlsSettings;
import dev.lockstep.server.config.TlsSettings.AuthClients;
import dev.lockstep.server.tls.TlsContext.SessionCache;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

/**
 * TLS as it is configured: made from the files when it is needed first and whenever a setting changes, and used by each connection
 * from its beginning on. A connection keeps what it began with.
 *
 * <p>{@link #configure} is for the thread that starts the server and then for the executor; the rest is for any thread.
 */
public final class Tls {
    /** Who hasn't shaken hands after so long is not going to. Redis waits for ever. */
    private static final long HANDSHAKE_TIMEOUT_SECONDS = 60;

    /** Who doesn't take the word of the end within so long doesn't get it. */
    private static final long CLOSE_TIMEOUT_MILLIS = 500;

    private static final int THREAD_IDLE_SECONDS = 10;
    private static final Set<String> PROTOCOLS = Set.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
    private static final List<String> USUAL_PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    static {
        // Read by the JDK when its TLS is used first. Whoever starts the JVM may say otherwise.
        setIfAbsent("jdk.tls.rejectClientInitiatedRenegotiation", "true");
        setIfAbsent("jdk.tls.ephemeralDHKeySize", "2048");
    }

    private final Configuration config;
    private final TlsSettings settings;
    private final ThreadPoolExecutor handshakes;
    private volatile Contexts contexts;

    /** For connections that come, and for those made from here. */
    private record Contexts(TlsContext accepting, TlsContext connecting) {}

    public Tls(Configuration config) {
        this.config = config;
        this.settings = config.tls;
        handshakes =
                new ThreadPoolExecutor(
                        1,
                        1,
                        THREAD_IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        Tls::thread);
        handshakes.allowCoreThreadTimeOut(true);
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "lockstep-tls");
        thread.setDaemon(true);
        return thread;
    }

    public boolean isConfigured() {
        return contexts != null;
    }

    // ---- configuration ----

    /**
     * Reads the files and puts what they hold in the place of what counted before; on failure that stays.
     *
     * @throws TlsException with one line that says why
     */
    public void configure() throws TlsException {
        if (settings.certFile.isEmpty()) {
            throw new TlsException(
                    "No tls-cert-file configured! TLS needs a certificate (tls-cert-file) and its key (tls-key-file)");
        }
        if (settings.keyFile.isEmpty()) {
            throw new TlsException(
                    "No tls-key-file configured! TLS needs the key of the certificate in tls-cert-file");
        }
        boolean verifies =
                settings.authClients.get() != AuthClients.NO
                        || settings.cluster.get()
                        || settings.replication.get();
        if (verifies && settings.caCertFile.isEmpty() && settings.caCertDir.isEmpty()) {
            throw new TlsException(
                    "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or"
                            + " tls-auth-clients are enabled!");
        }
        List<String> protocols = protocols();
        List<String> ciphers = ciphers();
        List<X509Certificate> authorities = authorities();
        Identity own = identity(settings.certFile, settings.keyFile, settings.keyFilePass);
        Identity asClient = own;
        if (!settings.clientCertFile.isEmpty() && !settings.clientKeyFile.isEmpty()) {
            asClient =
                    identity(
                            settings.clientCertFile,
                            settings.clientKeyFile,
                            settings.clientKeyFilePass);
        }
        boolean ownOrder = settings.preferServerCiphers.get();
        SessionCache sessions =
                new SessionCache(
                        settings.sessionCaching.get(),
                        settings.sessionCacheSize.get(),
                        settings.sessionCacheTimeout.get());
        contexts =
                new Contexts(
                        new TlsContext(own, authorities, protocols, ciphers, ownOrder, sessions),
                        new TlsContext(
                                asClient,
                                authorities,
                                protocols,
                                ciphers,
                                ownOrder,
                                SessionCache.NONE));
    }

    private Identity identity(TextSetting certificate, TextSetting key, TextSetting passphrase)
            throws TlsException {
        List<X509Certificate> chain;
        try {
            chain = CertificateFiles.read(file(certificate));
        } catch (TlsException e) {
            throw failed("Failed to load certificate", certificate, e);
        }
        try {
            PrivateKey read = PrivateKeyFile.read(file(key), passphrase.get());
            return Identity.of(chain, read);
        } catch (TlsException e) {
            throw failed("Failed to load private key", key, e);
        }
    }

    private List<X509Certificate> authorities() throws TlsException {
        String failure = "Failed to configure CA certificate(s) file/directory";
        List<X509Certificate> found = new ArrayList<>();
        if (!settings.caCertFile.isEmpty()) {
            try {
                found.addAll(CertificateFiles.read(file(settings.caCertFile)));
            } catch (TlsException e) {
                throw failed(failure, settings.caCertFile, e);
            }
        }
        if (!settings.caCertDir.isEmpty()) {
            try {
                found.addAll(CertificateFiles.readDirectory(file(settings.caCertDir)));
            } catch (TlsException e) {
                throw failed(failure, settings.caCertDir, e);
            }
            if (found.isEmpty()) {
                throw new TlsException(
                        failure
                                + ": tls-ca-cert-dir "
                                + settings.caCertDir.get()
                                + ": no certificate in it has a name of the kind that 'openssl rehash' gives");
            }
        }
        return found;
    }

    private Path file(TextSetting setting) {
        return config.snapshots.dir.resolve(setting.get());
    }

    private static TlsException failed(String what, TextSetting setting, TlsException reason) {
        return new TlsException(
                what + ": " + setting.name() + " " + setting.get() + ": " + reason.getMessage());
    }

    private List<String> protocols() throws TlsException {
        if (settings.protocols.isEmpty()) {
            return USUAL_PROTOCOLS;
        }
        List<String> chosen = new ArrayList<>();
        for (String word : settings.protocols.get().strip().split(" +")) {
            String name = "TLSv" + word.toLowerCase(Locale.ROOT).replaceFirst("^tlsv", "");
            if (!word.toLowerCase(Locale.ROOT).startsWith("tlsv") || !PROTOCOLS.contains(name)) {
                throw new TlsException(
                        "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and"
                                + " 'TLSv1.3'.");
            }
            chosen.add(name);
        }
        List<String> usable = new ArrayList<>(chosen);
        usable.retainAll(Arrays.asList(usual().getProtocols()));
        if (usable.isEmpty()) {
            throw new TlsException(
                    "tls-protocols "
                            + settings.protocols.get()
                            + ": the JVM has switched them off (jdk.tls.disabledAlgorithms); add TLSv1.2 or TLSv1.3");
        }
        return chosen;
    }

    /** Those for TLS 1.3 and those for what came before, each as configured or as usual. */
    private List<String> ciphers() throws TlsException {
        List<String> supported =
                Arrays.asList(context().getSupportedSSLParameters().getCipherSuites());
        List<String> usual = Arrays.asList(usual().getCipherSuites());
        Predicate<String> isOld = name -> name.contains("_WITH_");
        List<String> chosen = new ArrayList<>();
        try {
            chosen.addAll(
                    settings.cipherSuites.isEmpty()
                            ? usual.stream()
                                    .filter(isOld.negate())
                                    .filter(name -> name.startsWith("TLS_"))
                                    .toList()
                            : CipherList.parseSuites(settings.cipherSuites.get(), supported));
        } catch (TlsException e) {
            throw failed("Failed to configure ciphersuites", settings.cipherSuites, e);
        }
        try {
            chosen.addAll(
                    settings.ciphers.isEmpty()
                            ? usual.stream().filter(isOld).toList()
                            : CipherList.parse(settings.ciphers.get(), supported, usual));
        } catch (TlsException e) {
            throw failed("Failed to configure ciphers", settings.ciphers, e);
        }
        return chosen;
    }

    private static SSLParameters usual() throws TlsException {
        return context().getDefaultSSLParameters();
    }

    /** One that is only asked what the JVM has. */
    private static SSLContext context() throws TlsException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[0], new TrustManager[0], null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new TlsException("the JVM has no TLS: " + e.getMessage());
        }
    }

    // ---- connections ----

    /** Why a handshake or what came after it has failed; what the other side sent, perhaps a password, is not in it. */
    public static String reason(Throwable failure) {
        if (failure instanceof NotSslRecordException) {
            return "what was sent is not TLS";
        }
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }

    /** The handler that speaks TLS for a connection that has come. */
    public SslHandler accepting() {
        AuthClients auth = settings.authClients.get();
        return handler(
                contexts.accepting()
                        .accepting(auth == AuthClients.OPTIONAL, auth == AuthClients.YES));
    }

    /** The handler that speaks TLS for a connection made to a host. */
    public SslHandler connecting(String host) {
        return handler(engineTo(host));
    }

    /** For a connection to a host that no event loop serves. */
    public SSLEngine engineTo(String host) {
        boolean isAddress = NetUtil.createByteArrayFromIpAddressString(host) != null;
        return contexts.connecting().connecting(isAddress ? null : host);
    }

    /** What takes long in a handshake, the signature and the agreement on keys, is done beside the event loops. */
    private SslHandler handler(SSLEngine engine) {
        SslHandler handler = new SslHandler(engine, false, handshakes);
        handler.setHandshakeTimeout(HANDSHAKE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        handler.setCloseNotifyFlushTimeoutMillis(CLOSE_TIMEOUT_MILLIS);
        return handler;
    }
}
