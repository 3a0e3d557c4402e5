package dev.lockstep.server.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.TlsFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.PrivateKey;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys and certificates as openssl writes them. */
class PrivateKeyFileTest {
    private static TlsFiles files;

    @BeforeAll
    static void makeKeys() {
        files = new TlsFiles("ec");
        files.certificate("rsa", "rsa:2048");
        files.certificate("ed25519", "ed25519");
        files.openssl("rsa -traditional -in rsa.key -out rsa.pkcs1");
        files.openssl("ec -in ec.key -out ec.sec1");
        files.openssl("ecparam -name secp384r1 -genkey -out p384.sec1");
        for (String kind : List.of("rsa", "ec")) {
            files.openssl(
                    "pkcs8 -topk8 -in "
                            + kind
                            + ".key -out "
                            + kind
                            + ".locked -passout pass:the-word");
            files.openssl(
                    "pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA1 -in "
                            + kind
                            + ".key -out "
                            + kind
                            + ".locked128 -passout pass:the-word");
        }
        files.openssl("rsa -aes256 -traditional -in rsa.key -out rsa.old -passout pass:the-word");
        files.openssl("pkcs8 -topk8 -scrypt -in rsa.key -out rsa.scrypt -passout pass:the-word");
    }

    @AfterAll
    static void removeKeys() {
        files.close();
    }

    private static PrivateKey read(String name) throws TlsException {
        return PrivateKeyFile.read(files.path(name), "");
    }

    @ParameterizedTest
    @CsvSource({"rsa,rsa.pkcs1", "ec,ec.sec1", "rsa,rsa.key", "ec,ec.key", "ed25519,ed25519.key"})
    void eachFormGivesTheSameKey(String certificate, String form) throws TlsException {
        PrivateKey key = read(form);
        if (!certificate.equals("ec")) { // in which the public half may be there or not
            assertEquals(read(certificate + ".key"), key);
        }
        Identity.of(CertificateFiles.read(files.path(certificate + ".crt")), key);
    }

    @ParameterizedTest
    @CsvSource({"rsa,locked", "ec,locked", "rsa,locked128", "ec,locked128"})
    void aPassphraseOpensALockedKey(String kind, String form) throws TlsException {
        assertEquals(
                read(kind + ".key"),
                PrivateKeyFile.read(files.path(kind + "." + form), "the-word"));
        assertTrue(failure(kind + "." + form, "").contains("no passphrase is given"));
        assertTrue(failure(kind + "." + form, "another").contains("the passphrase is wrong"));
    }

    private static String failure(String name, String passphrase) {
        return assertThrows(
                        TlsException.class, () -> PrivateKeyFile.read(files.path(name), passphrase))
                .getMessage();
    }

    @Test
    void theCurveMayStandBeforeTheKey() throws TlsException, IOException {
        assertTrue(Files.readString(files.path("p384.sec1")).contains("EC PARAMETERS"));
        assertEquals("EC", read("p384.sec1").getAlgorithm());
    }

    @ParameterizedTest
    @CsvSource({"rsa.old", "rsa.scrypt"})
    void whatIsntReadIsToldHowToConvert(String name) {
        String message = failure(name, "the-word");
        assertTrue(message.contains("openssl pkcs8 -topk8"), message);
    }

    @Test
    void keysOfOthersAreNoticed() throws TlsException {
        PrivateKey key = read("p384.sec1");
        for (String name : List.of("ec", "rsa", "ed25519")) {
            assertThrows(
                    TlsException.class,
                    () -> Identity.of(CertificateFiles.read(files.path(name + ".crt")), key));
        }
    }

    /** Cut and changed files give an error or, where it doesn't matter, a key; nothing else. */
    @Test
    void damagedFilesAreErrors() throws IOException {
        for (String name : List.of("rsa.pkcs1", "ec.sec1", "ec.key", "p384.sec1")) {
            byte[] text = Files.readAllBytes(files.path(name));
            for (int i = 0; i < text.length; i += 3) {
                byte[] damaged = text.clone();
                damaged[i] = (byte) (damaged[i] == 'M' ? 'A' : 'M');
                tryToRead(damaged);
                tryToRead(java.util.Arrays.copyOf(text, i));
            }
        }
    }

    private static void tryToRead(byte[] text) throws IOException {
        Files.write(files.path("damaged"), text);
        try {
            read("damaged");
        } catch (TlsException e) {
            assertTrue(e.getMessage().length() > 10, e.getMessage());
        }
    }

    @Test
    void certificatesMayHaveTextAroundThem() throws TlsException, IOException {
        String both =
                "subject: whoever\n"
                        + Files.readString(files.path("ec.crt"))
                        + "\nissuer:\n"
                        + Files.readString(files.path("ca.crt")).replace("\n", "\r\n")
                        + Files.readString(files.path("ec.key"));
        Files.writeString(files.path("both"), both, StandardCharsets.US_ASCII);
        assertEquals(2, CertificateFiles.read(files.path("both")).size());
        assertEquals("EC", read("both").getAlgorithm());
    }

    @Test
    void pemErrorsSayWhatIsWrong() {
        for (String text :
                List.of(
                        "-----BEGIN CERTIFICATE-----\nAAAA\n",
                        "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n",
                        "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n")) {
            String message =
                    assertThrows(TlsException.class, () -> PemFile.parse(text)).getMessage();
            assertTrue(message.contains("BEGIN CERTIFICATE"), message);
        }
    }
}
