package dev.lockstep.server.tls;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * OpenSSL's language for lists of ciphers, as {@code tls-ciphers} has it, and the plainer one for TLS 1.3 of
 * {@code tls-ciphersuites}. See openssl-ciphers(1), which says what the words mean.
 *
 * <pre>
 *   word[:word...]       adds the ciphers that the word stands for; A+B stands for those that both do
 *   -word                takes them out, to be added again later perhaps
 *   !word                takes them out for good
 *   +word                moves those that are in to the end
 *   &#64;STRENGTH            puts the longest keys first
 *   &#64;SECLEVEL=n          is passed over: the JVM has its own (jdk.tls.disabledAlgorithms)
 * </pre>
 *
 * As with OpenSSL, words that stand for nothing are passed over.
 */
final class CipherList {
    private static final String TLS_13_PREFIX = "TLS_";

    private CipherList() {}

    /**
     * The ciphers of a list in order, by the JDK's names.
     *
     * @param supported what there is, by the JDK's names
     * @param usual what {@code DEFAULT} stands for
     * @throws TlsException with the reason alone, if none is left
     */
    static List<String> parse(String list, List<String> supported, List<String> usual)
            throws TlsException {
        List<CipherSuite> all = new ArrayList<>();
        for (String name : supported) {
            if (name.contains("_WITH_") && !name.contains("KRB5")) {
                CipherSuite suite = CipherSuite.of(name);
                if (usual.contains(name)) {
                    suite.words().add("DEFAULT");
                }
                all.add(suite);
            }
        }
        List<CipherSuite> chosen = new ArrayList<>();
        Set<CipherSuite> never = new HashSet<>();
        for (String word : list.split("[:,; ]+")) {
            apply(word, all, chosen, never);
        }
        if (chosen.isEmpty()) {
            throw new TlsException("it stands for no cipher that the JVM has");
        }
        return chosen.stream().map(CipherSuite::javaName).toList();
    }

    private static void apply(
            String word, List<CipherSuite> all, List<CipherSuite> chosen, Set<CipherSuite> never) {
        if (word.equals("@STRENGTH")) {
            chosen.sort(Comparator.comparingInt(CipherSuite::bits).reversed());
            return;
        }
        int command = word.indexOf('@');
        String rest = command < 0 ? word : word.substring(0, command);
        if (rest.isEmpty()) {
            return;
        }
        char sign = rest.charAt(0);
        boolean signed = sign == '!' || sign == '-' || sign == '+';
        List<CipherSuite> meant = meant(signed ? rest.substring(1) : rest, all);
        if (!signed) {
            for (CipherSuite suite : meant) {
                if (!chosen.contains(suite) && !never.contains(suite)) {
                    chosen.add(suite);
                }
            }
            return;
        }
        meant.retainAll(chosen);
        chosen.removeAll(meant);
        if (sign == '+') {
            chosen.addAll(meant);
        } else if (sign == '!') {
            never.addAll(meant(rest.substring(1), all));
        }
    }

    /** A word alone never stands for a cipher that encrypts nothing or proves nothing, unless it says so. */
    private static List<CipherSuite> meant(String word, List<CipherSuite> all) {
        List<String> parts = List.of(word.split("\\+"));
        List<CipherSuite> found = new ArrayList<>();
        for (CipherSuite suite : all) {
            boolean encrypts = !suite.words().contains("eNULL");
            if (suite.words().containsAll(parts) && (encrypts || !parts.contains("ALL"))) {
                found.add(suite);
            }
        }
        return found;
    }

    /**
     * The cipher suites of TLS 1.3 in a list of names separated by colons.
     *
     * @param supported what there is
     * @throws TlsException with the reason alone, if a name isn't one or none is left
     */
    static List<String> parseSuites(String list, List<String> supported) throws TlsException {
        List<String> chosen = new ArrayList<>();
        for (String name : list.split(":")) {
            if (!name.startsWith(TLS_13_PREFIX) || name.contains("_WITH_")) {
                throw new TlsException("'" + name + "' is no cipher suite of TLS 1.3");
            }
            if (supported.contains(name)) {
                chosen.add(name);
            }
        }
        if (chosen.isEmpty()) {
            throw new TlsException("it names no cipher suite that the JVM has");
        }
        return chosen;
    }
}
