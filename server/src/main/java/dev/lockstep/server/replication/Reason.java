package dev.lockstep.server.replication;

/** The system's words for a failed socket, without what the library puts around them. */
final class Reason {
    private Reason() {}

    static String of(Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        int at = text.indexOf(" failed: ");
        String rest = at < 0 ? text : text.substring(at + " failed: ".length());
        int colon = rest.indexOf(": ");
        return at >= 0 && colon > 0 ? rest.substring(0, colon) : rest;
    }
}
