package dev.lockstep.server.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Program;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CipherListTest {
    private static final String ECDSA_256 = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    private static final String RSA_128 = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    private static final String RSA_CBC = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA";
    private static final String OLD = "TLS_RSA_WITH_AES_256_CBC_SHA256";
    private static final String CHACHA = "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256";
    private static final String OPEN = "TLS_RSA_WITH_NULL_SHA256";
    private static final String ANYBODY = "TLS_DH_anon_WITH_AES_128_CBC_SHA";
    private static final List<String> SUPPORTED =
            List.of(
                    "TLS_AES_128_GCM_SHA256",
                    ECDSA_256,
                    RSA_128,
                    RSA_CBC,
                    OLD,
                    CHACHA,
                    OPEN,
                    ANYBODY,
                    "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
    private static final List<String> USUAL = List.of(ECDSA_256, RSA_128, RSA_CBC, OLD, CHACHA);

    private static List<String> parse(String list) throws TlsException {
        return CipherList.parse(list, SUPPORTED, USUAL);
    }

    @Test
    void namesOfEitherKindInTheirOrder() throws TlsException {
        assertEquals(
                List.of(OLD, RSA_CBC, ECDSA_256, CHACHA),
                parse(
                        "AES256-SHA256:ECDHE-RSA-AES128-SHA,"
                                + ECDSA_256
                                + " DHE-RSA-CHACHA20-POLY1305"));
    }

    @Test
    void wordsStandForMany() throws TlsException {
        assertEquals(USUAL, parse("DEFAULT"));
        assertEquals(USUAL, parse("DEFAULT@SECLEVEL=1"));
        assertEquals(List.of(ECDSA_256, RSA_128, RSA_CBC, OLD, CHACHA), parse("ALL:!aNULL"));
        assertEquals(List.of(RSA_128, ECDSA_256), parse("ECDHE+AESGCM+aRSA:ECDHE+AESGCM"));
        assertEquals(List.of(OPEN), parse("eNULL"));
        assertEquals(List.of(ANYBODY), parse("ADH"));
        assertEquals(List.of(OLD), parse("kRSA:!eNULL"));
        assertEquals(List.of(RSA_CBC), parse("DEFAULT:!AESGCM:!CHACHA20:!RSA"));
    }

    @Test
    void signsTakeOutAndMove() throws TlsException {
        assertEquals(List.of(RSA_128, RSA_CBC, ECDSA_256), parse("ECDHE:+ECDSA"));
        assertEquals(List.of(RSA_128, ECDSA_256), parse("ECDHE:-AES:AES128+AEAD:ECDSA"));
        assertEquals(List.of(ECDSA_256), parse("ECDHE:!AES128:RSA_CBC:ECDHE-RSA-AES128-SHA"));
        assertEquals(List.of(ECDSA_256, RSA_128), parse("AESGCM+AES128:ECDSA:@STRENGTH"));
    }

    @ParameterizedTest
    @CsvSource({"nonsense", "!ALL", "DEFAULT:!ALL"})
    void noneIsAnError(String list) {
        assertThrows(TlsException.class, () -> parse(list));
    }

    @Test
    void suitesOfTls13AreNamesOnly() throws TlsException {
        assertEquals(
                List.of("TLS_AES_128_GCM_SHA256"),
                CipherList.parseSuites("TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256", SUPPORTED));
        for (String list : List.of("AES128-SHA", "TLS_AES_128_CCM_SHA256", OLD, "")) {
            assertThrows(TlsException.class, () -> CipherList.parseSuites(list, SUPPORTED), list);
        }
    }

    /** What the JDK has and OpenSSL too, as far as this OpenSSL is built with it. */
    @Test
    void opensslKnowsTheNamesThatWeGive() throws Exception {
        String known =
                Program.run(
                                Duration.ofSeconds(20),
                                "openssl",
                                "ciphers",
                                "-V",
                                "-stdname",
                                "ALL:COMPLEMENTOFALL@SECLEVEL=0")
                        .output();
        int checked = 0;
        for (String name : SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites()) {
            for (String line : known.lines().toList()) {
                if (name.contains("_WITH_") && line.contains(" " + name + " ")) {
                    String theirs = line.split(" - ")[2].strip().split(" ")[0];
                    assertTrue(CipherSuite.of(name).words().contains(theirs), name + ": " + theirs);
                    checked++;
                }
            }
        }
        assertTrue(checked > 20, checked + " checked of " + known);
    }
}
