package dev.lockstep.server.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * What one side of connections shows, whom it trusts and what it offers. Immutable, but for the sessions that it keeps for who
 * comes again; any thread.
 */
final class TlsContext {
    private final KeyManager[] identity;
    private final TrustManager[] trust;
    private final String[] protocols;
    private final String[] ciphers;
    private final boolean ownOrder;
    private final SSLContext shared;

    /**
     * @param authorities whom to trust; none for nobody
     * @param protocols by the JDK's names
     * @param ciphers by the JDK's names, the best first
     * @param ownOrder whether this side's order of ciphers counts
     */
    TlsContext(
            Identity identity,
            List<X509Certificate> authorities,
            List<String> protocols,
            List<String> ciphers,
            boolean ownOrder,
            SessionCache sessions)
            throws TlsException {
        this.identity = new KeyManager[] {identity};
        this.protocols = protocols.toArray(new String[0]);
        this.ciphers = ciphers.toArray(new String[0]);
        this.ownOrder = ownOrder;
        try {
            this.trust = trust(authorities);
            SSLContext context = context();
            if (sessions.isKept()) {
                context.getServerSessionContext().setSessionCacheSize(sessions.size());
                context.getServerSessionContext().setSessionTimeout(sessions.seconds());
                shared = context;
            } else {
                shared = null;
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsException("the JVM's TLS can't be set up: " + e.getMessage());
        }
    }

    /**
     * For how many clients that may come again, and for how long, what was agreed on is kept.
     *
     * @param enabled whether at all
     * @param size sessions; 0 for any number
     * @param seconds how long; 0 for not at all
     */
    record SessionCache(boolean enabled, int size, int seconds) {
        static final SessionCache NONE = new SessionCache(false, 0, 0);

        boolean isKept() {
            return enabled && seconds > 0;
        }
    }

    private static TrustManager[] trust(List<X509Certificate> authorities)
            throws IOException, GeneralSecurityException {
        if (authorities.isEmpty()) {
            return new TrustManager[] {new TrustsNobody()};
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int i = 0; i < authorities.size(); i++) {
            store.setCertificateEntry("authority-" + i, authorities.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return factory.getTrustManagers();
    }

    private SSLContext context() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(identity, trust, null);
        return context;
    }

    /** Where nothing is kept, each connection has a context of its own: the JDK has no switch, and its tickets outlive a cache. */
    private SSLEngine engine() {
        try {
            return (shared != null ? shared : context()).createSSLEngine();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("what could be set up once can't be any more", e);
        }
    }

    private SSLParameters parameters() {
        SSLParameters parameters = new SSLParameters(ciphers, protocols);
        parameters.setUseCipherSuitesOrder(ownOrder);
        return parameters;
    }

    /** For a connection that has come, of which it is asked for a certificate, or not. */
    SSLEngine accepting(boolean wantsCertificate, boolean needsCertificate) {
        SSLEngine engine = engine();
        SSLParameters parameters = parameters();
        if (needsCertificate) {
            parameters.setNeedClientAuth(true);
        } else if (wantsCertificate) {
            parameters.setWantClientAuth(true);
        }
        engine.setUseClientMode(false);
        engine.setSSLParameters(parameters);
        return engine;
    }

    /**
     * For a connection made from here. The other side's certificate must come from an authority, but may be for any name, as with
     * Redis.
     *
     * @param hostName tells the other side which of its certificates is wanted; null where only the address is known
     */
    SSLEngine connecting(String hostName) {
        SSLEngine engine = engine();
        SSLParameters parameters = parameters();
        if (hostName != null) {
            try {
                parameters.setServerNames(List.of(new SNIHostName(hostName)));
            } catch (IllegalArgumentException e) {
                parameters.setServerNames(List.of());
            }
        }
        engine.setUseClientMode(true);
        engine.setSSLParameters(parameters);
        return engine;
    }
}
