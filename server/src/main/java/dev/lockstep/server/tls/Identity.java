package dev.lockstep.server.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * The one certificate and key that this side of a connection shows, whichever authorities the other side names: as with OpenSSL it
 * is for the other side to judge it. Any thread.
 */
final class Identity extends X509ExtendedKeyManager {
    private static final String ALIAS = "lockstep";

    private final X509Certificate[] chain;
    private final PrivateKey key;

    private Identity(X509Certificate[] chain, PrivateKey key) {
        this.chain = chain;
        this.key = key;
    }

    /**
     * @param chain the certificate, then those that lead to its authority
     * @throws TlsException with the reason alone, if the key isn't that of the certificate
     */
    static Identity of(List<X509Certificate> chain, PrivateKey key) throws TlsException {
        PublicKey counterpart = chain.get(0).getPublicKey();
        if (!belongTogether(counterpart, key)) {
            throw new TlsException("it is not the key of the certificate");
        }
        return new Identity(chain.toArray(new X509Certificate[0]), key);
    }

    private static boolean belongTogether(PublicKey counterpart, PrivateKey key) {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    case "DSA" -> "SHA256withDSA";
                    default -> key.getAlgorithm();
                };
        if (algorithm.equals("RSASSA-PSS")) {
            return counterpart.getAlgorithm().equals(algorithm);
        }
        byte[] sample = {1, 2, 3, 4};
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(sample);
            byte[] signed = signature.sign();
            signature.initVerify(counterpart);
            signature.update(sample);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private String aliasFor(String keyType) {
        String own = chain[0].getPublicKey().getAlgorithm();
        return keyType.equals(own) ? ALIAS : null;
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        return aliasFor(keyType);
    }

    @Override
    public String chooseEngineClientAlias(
            String[] keyTypes, Principal[] issuers, SSLEngine engine) {
        for (String keyType : keyTypes) {
            String alias = aliasFor(keyType);
            if (alias != null) {
                return alias;
            }
        }
        return null;
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return aliasFor(keyType);
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        return chooseEngineClientAlias(keyTypes, issuers, null);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return new String[] {ALIAS};
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        return new String[] {ALIAS};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return chain.clone();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return key;
    }
}
