package dev.lockstep.server.tls;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * A cipher suite of TLS 1.2 or before, by the name that the JDK has for it (the registered one), by OpenSSL's, and by the words
 * that stand for it in OpenSSL's lists.
 *
 * <pre>
 *   TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384     ECDHE-RSA-AES256-GCM-SHA384
 *   TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA        ECDHE-RSA-AES128-SHA
 *   TLS_RSA_WITH_AES_128_CBC_SHA256           AES128-SHA256
 * </pre>
 *
 * @param bits the strength of the cipher
 * @param words all that name it, its two names among them
 */
record CipherSuite(String javaName, int bits, Set<String> words) {

    /**
     * @param javaName such as {@code TLS_..._WITH_..._SHA256}
     */
    static CipherSuite of(String javaName) {
        int with = javaName.indexOf("_WITH_");
        String exchange = javaName.substring(javaName.indexOf('_') + 1, with);
        String cipher = javaName.substring(with + "_WITH_".length());
        boolean authenticatedCipher = cipher.contains("_GCM_") || cipher.startsWith("CHACHA20_");
        String mac = cipher.substring(cipher.lastIndexOf('_') + 1);
        Set<String> words = new HashSet<>(Set.of(javaName, "ALL"));
        words.add(opensslName(exchange, cipher));
        int bits = bits(cipher);
        words.add(cipher.startsWith("3DES") || bits < 128 ? "MEDIUM" : "HIGH");
        addExchange(words, exchange);
        addCipher(words, cipher);
        if (authenticatedCipher) {
            words.add("AEAD");
        } else {
            words.add(mac);
            if (mac.equals("SHA")) {
                words.add("SHA1");
            }
        }
        words.add(authenticatedCipher || mac.length() > 3 ? "TLSv1.2" : "TLSv1");
        return new CipherSuite(javaName, bits, words);
    }

    private static void addExchange(Set<String> words, String exchange) {
        String[] parts = exchange.split("_");
        String agreement = parts[0];
        String proof = parts[parts.length - 1];
        if (proof.equals("anon")) {
            words.add("aNULL");
            words.add(agreement.equals("DH") ? "ADH" : "AECDH");
        } else {
            words.add("a" + proof);
        }
        switch (agreement) {
            case "ECDHE" -> words.addAll(Arrays.asList("ECDHE", "EECDH", "kECDHE", "kEECDH"));
            case "DHE" -> words.addAll(Arrays.asList("DHE", "EDH", "kDHE", "kEDH"));
            case "RSA" -> words.addAll(Arrays.asList("RSA", "kRSA"));
            default -> words.add("k" + agreement);
        }
        if (proof.equals("ECDSA")) {
            words.add("ECDSA");
        } else if (proof.equals("DSS")) {
            words.add("DSS");
        }
    }

    private static void addCipher(Set<String> words, String cipher) {
        if (cipher.startsWith("AES_")) {
            words.addAll(Arrays.asList("AES", "AES" + bits(cipher)));
            if (cipher.contains("_GCM_")) {
                words.add("AESGCM");
            }
        } else if (cipher.startsWith("CHACHA20")) {
            words.add("CHACHA20");
        } else if (cipher.startsWith("3DES")) {
            words.add("3DES");
        } else if (cipher.startsWith("RC4")) {
            words.add("RC4");
        } else if (cipher.startsWith("NULL")) {
            words.addAll(Arrays.asList("NULL", "eNULL"));
        } else if (cipher.startsWith("DES")) {
            words.add("DES");
        }
    }

    private static int bits(String cipher) {
        if (cipher.startsWith("CHACHA20") || cipher.contains("_256_")) {
            return 256;
        }
        if (cipher.contains("_128_")) {
            return 128;
        }
        return cipher.startsWith("3DES") ? 112 : cipher.startsWith("NULL") ? 0 : 56;
    }

    private static String opensslName(String exchange, String cipher) {
        String prefix =
                switch (exchange) {
                    case "RSA" -> "";
                    case "DH_anon" -> "ADH-";
                    case "ECDH_anon" -> "AECDH-";
                    default -> exchange.replace('_', '-') + "-";
                };
        String name =
                cipher.startsWith("CHACHA20_POLY1305")
                        ? "CHACHA20-POLY1305"
                        : cipher.replace("AES_128_CBC", "AES128")
                                .replace("AES_256_CBC", "AES256")
                                .replace("AES_128_GCM", "AES128-GCM")
                                .replace("AES_256_GCM", "AES256-GCM")
                                .replace("3DES_EDE_CBC", "DES-CBC3")
                                .replace("RC4_128", "RC4")
                                .replace('_', '-');
        return prefix + name;
    }
}
