package dev.lockstep.server.tls;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;

/** Refuses every certificate: no authority is configured that could have given it. Any thread. */
final class TrustsNobody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String keyType)
            throws CertificateException {
        throw refusal();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String keyType)
            throws CertificateException {
        throw refusal();
    }

    private static CertificateException refusal() {
        return new CertificateException("there is no tls-ca-cert-file or tls-ca-cert-dir");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
