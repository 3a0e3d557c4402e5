package dev.lockstep.server.tls;

import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Reads the text files that certificates and keys come in (RFC 7468, and the headers of RFC 1421 that older keys have).
 *
 * <pre>
 *   anything
 *   -----BEGIN label-----
 *   Header: value         (none in newer files; an empty line ends them)
 *
 *   base64 in lines
 *   -----END label-----
 * </pre>
 */
final class PemFile {
    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    /** More is no file of certificates. */
    private static final long BYTES_MAX = 16 << 20;

    private PemFile() {}

    /**
     * One block.
     *
     * @param label what it says it is, such as {@code CERTIFICATE}
     * @param encrypted whether its headers say that the content is encrypted
     * @param content DER, or what its encryption made of it
     */
    record Block(String label, boolean encrypted, byte[] content) {}

    /**
     * The file's blocks in order; none if there are none.
     *
     * @throws TlsException with the reason alone
     */
    static List<Block> read(Path file) throws TlsException {
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new TlsException("more than " + BYTES_MAX + " bytes");
            }
            return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new TlsException(SystemReason.of(e));
        }
    }

    static List<Block> parse(String text) throws TlsException {
        List<Block> blocks = new ArrayList<>();
        String label = null;
        boolean encrypted = false;
        StringBuilder base64 = new StringBuilder();
        for (String line : text.lines().map(String::strip).toList()) {
            if (line.startsWith(BEGIN) && line.endsWith(DASHES)) {
                if (label != null) {
                    throw unended(label);
                }
                label = line.substring(BEGIN.length(), line.length() - DASHES.length());
                encrypted = false;
                base64.setLength(0);
            } else if (label != null && line.equals(END + label + DASHES)) {
                blocks.add(new Block(label, encrypted, decoded(label, base64.toString())));
                label = null;
            } else if (label != null && line.contains(":")) {
                encrypted |= line.startsWith("Proc-Type:") && line.endsWith("ENCRYPTED");
            } else if (label != null) {
                base64.append(line);
            }
        }
        if (label != null) {
            throw unended(label);
        }
        return blocks;
    }

    private static TlsException unended(String label) {
        return new TlsException("'" + BEGIN + label + DASHES + "' without its end");
    }

    private static byte[] decoded(String label, String base64) throws TlsException {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new TlsException("what is in '" + BEGIN + label + DASHES + "' is not base64");
        }
    }
}
