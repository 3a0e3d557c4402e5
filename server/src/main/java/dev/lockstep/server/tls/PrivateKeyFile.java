package dev.lockstep.server.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Reads a private key from a PEM file, in each of the forms that OpenSSL writes. The JDK knows PKCS#8 only, so the older forms,
 * which hold a key of one kind, are put into its wrapping first:
 *
 * <pre>
 *   PRIVATE KEY, PKCS#8 (RFC 5208)         SEQUENCE { 0, SEQUENCE { algorithm, parameters }, OCTETS { key } }
 *   RSA PRIVATE KEY, PKCS#1 (RFC 8017)     the key of an RSA algorithm, whose parameters are NULL
 *   EC PRIVATE KEY, SEC1 (RFC 5915)        SEQUENCE { 1, OCTETS, [0] { curve }, [1] { public key } }: the key of an EC
 *                                          algorithm, whose parameters are the curve
 *   ENCRYPTED PRIVATE KEY (RFC 8018)       a PKCS#8 key under a passphrase
 * </pre>
 */
final class PrivateKeyFile {
    private static final String WAY_OUT =
            "; convert it: openssl pkcs8 -topk8 -in OLD.key -out NEW.key";

    private static final byte[] VERSION_0 = Der.element(Der.INTEGER, new byte[] {0});
    private static final byte[] RSA = hex("2a864886f70d010101");
    private static final byte[] EC = hex("2a8648ce3d0201");

    /** The JDK's names of algorithms, by the hex digits of their object identifiers. */
    private static final Map<String, String> ALGORITHMS =
            Map.of(
                    digits(RSA),
                    "RSA",
                    "2a864886f70d01010a",
                    "RSASSA-PSS",
                    digits(EC),
                    "EC",
                    "2b6570",
                    "Ed25519",
                    "2b6571",
                    "Ed448",
                    "2a8648ce380401",
                    "DSA");

    private PrivateKeyFile() {}

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private static String digits(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /**
     * The first key in the file.
     *
     * @param passphrase used if the key is encrypted; empty for none
     * @throws TlsException with the reason alone
     */
    static PrivateKey read(Path file, String passphrase) throws TlsException {
        byte[] curve = null;
        for (PemFile.Block block : PemFile.read(file)) {
            if (block.label().equals("EC PARAMETERS")) {
                curve = block.content();
            } else if (block.label().endsWith("PRIVATE KEY")) {
                return key(block, curve, passphrase);
            }
        }
        throw new TlsException("there is no private key in it");
    }

    private static PrivateKey key(PemFile.Block block, byte[] curve, String passphrase)
            throws TlsException {
        if (block.encrypted()) {
            throw new TlsException("it is encrypted in a way of old, which isn't read" + WAY_OUT);
        }
        byte[] pkcs8 =
                switch (block.label()) {
                    case "PRIVATE KEY" -> block.content();
                    case "ENCRYPTED PRIVATE KEY" -> decrypted(block.content(), passphrase);
                    case "RSA PRIVATE KEY" -> wrappedRsa(block.content());
                    case "EC PRIVATE KEY" -> wrappedEc(block.content(), curve);
                    default ->
                            throw new TlsException(
                                    "a '" + block.label() + "' isn't read" + WAY_OUT);
                };
        String algorithm = algorithm(pkcs8);
        try {
            return KeyFactory.getInstance(algorithm)
                    .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            throw new TlsException(
                    "it is no " + algorithm + " key that the JVM can use: " + e.getMessage());
        }
    }

    private static String algorithm(byte[] pkcs8) throws TlsException {
        String id = algorithmId(pkcs8);
        String name = ALGORITHMS.get(id);
        if (name == null) {
            throw new TlsException("keys of its kind (object identifier " + id + ") can't be used");
        }
        return name;
    }

    private static String algorithmId(byte[] pkcs8) throws TlsException {
        Der key = Der.of(pkcs8).enter(Der.SEQUENCE);
        key.enter(Der.INTEGER);
        return digits(key.enter(Der.SEQUENCE).enter(Der.OBJECT_ID).rest());
    }

    private static byte[] wrapped(byte[] algorithm, byte[] parameters, byte[] key) {
        return Der.element(
                Der.SEQUENCE,
                VERSION_0,
                Der.element(Der.SEQUENCE, Der.element(Der.OBJECT_ID, algorithm), parameters),
                Der.element(Der.OCTETS, key));
    }

    private static byte[] wrappedRsa(byte[] pkcs1) {
        return wrapped(RSA, Der.element(Der.NULL), pkcs1);
    }

    /** The curve stands in the key, or in a block of its own before it. */
    private static byte[] wrappedEc(byte[] sec1, byte[] curveBefore) throws TlsException {
        Der key = Der.of(sec1).enter(Der.SEQUENCE);
        key.enter(Der.INTEGER);
        key.enter(Der.OCTETS);
        byte[] curve = key.tag() == Der.OPTION_0 ? key.enter(Der.OPTION_0).rest() : curveBefore;
        if (curve == null) {
            throw new TlsException("it doesn't say which curve it belongs to" + WAY_OUT);
        }
        return wrapped(EC, curve, sec1);
    }

    private static byte[] decrypted(byte[] content, String passphrase) throws TlsException {
        if (passphrase.isEmpty()) {
            throw new TlsException("it is encrypted, and no passphrase is given");
        }
        char[] letters = passphrase.toCharArray();
        try {
            EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(content);
            // With PBES2 the name of what is used within stands in the parameters alone.
            String parameters = String.valueOf(info.getAlgParameters());
            String name = parameters.startsWith("PBE") ? parameters : info.getAlgName();
            Cipher cipher = Cipher.getInstance(name);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    SecretKeyFactory.getInstance(name).generateSecret(new PBEKeySpec(letters)),
                    info.getAlgParameters());
            return keyOrNoise(cipher.doFinal(info.getEncryptedData()));
        } catch (BadPaddingException e) {
            throw new TlsException("the passphrase is wrong");
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsException(
                    "it is encrypted in a way that the JVM doesn't know ("
                            + e.getMessage()
                            + ")"
                            + WAY_OUT);
        } finally {
            Arrays.fill(letters, ' ');
        }
    }

    /** What a wrong passphrase makes of a key has proper padding once in 256 times. */
    private static byte[] keyOrNoise(byte[] decrypted) throws BadPaddingException {
        try {
            algorithmId(decrypted);
            return decrypted;
        } catch (TlsException noKey) {
            throw new BadPaddingException(noKey.getMessage());
        }
    }
}
