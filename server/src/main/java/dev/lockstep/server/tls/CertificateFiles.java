package dev.lockstep.server.tls;

import dev.lockstep.server.process.SystemReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads certificates from PEM files: a server's own with those that lead to its authority, and the authorities to trust. */
final class CertificateFiles {
    private static final Set<String> LABELS = Set.of("CERTIFICATE", "X509 CERTIFICATE");

    /** By such names, which {@code openssl rehash} makes, OpenSSL finds a certificate in a directory. */
    private static final Pattern HASHED_NAME = Pattern.compile("[0-9a-f]{8}\\.\\d+");

    private CertificateFiles() {}

    /**
     * All certificates of a file in order, at least one.
     *
     * @throws TlsException with the reason alone
     */
    static List<X509Certificate> read(Path file) throws TlsException {
        List<X509Certificate> found = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (PemFile.Block block : PemFile.read(file)) {
                if (LABELS.contains(block.label())) {
                    found.add(
                            (X509Certificate)
                                    factory.generateCertificate(
                                            new ByteArrayInputStream(block.content())));
                }
            }
        } catch (CertificateException e) {
            throw new TlsException("its certificate is damaged: " + e.getMessage());
        }
        if (found.isEmpty()) {
            throw new TlsException("there is no certificate in it");
        }
        return found;
    }

    /**
     * The certificates of a directory that OpenSSL would find there; perhaps none. A file that can't be read is left out, as
     * OpenSSL does.
     *
     * @throws TlsException with the reason alone, if the directory can't be read
     */
    static List<X509Certificate> readDirectory(Path directory) throws TlsException {
        List<X509Certificate> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                if (HASHED_NAME.matcher(file.getFileName().toString()).matches()) {
                    try {
                        found.addAll(read(file));
                    } catch (TlsException e) {
                        continue;
                    }
                }
            }
        } catch (IOException e) {
            throw new TlsException(SystemReason.of(e));
        }
        return found;
    }
}
