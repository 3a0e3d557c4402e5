package dev.lockstep.server.tls;

/** TLS can't be set up as configured; the message is one line that names the directive, the file and the reason. */
public final class TlsException extends Exception {
    private static final long serialVersionUID = 1L;

    TlsException(String line) {
        super(line, null, false, false);
    }
}
