package dev.lockstep.server.aof;

import dev.lockstep.persistence.ReplicationPosition;
import java.nio.charset.StandardCharsets;

/**
 * A comment in the append-only file that tells where it stands in the replication stream, so that a server that was restarted
 * can go on from there with a partial resync:
 *
 * <pre>
 *   #REPL:&lt;replication ID, 40 hexadecimal digits&gt;:&lt;offset&gt;:&lt;selected database, or -1&gt; CR LF
 *   #REPL:none CR LF
 * </pre>
 *
 * <p>The commands behind the first are the bytes of the stream from that offset on, until another comment follows. Those behind
 * the second are no part of the stream. Redis passes over comments.
 */
final class StreamMark {
    private static final String PREFIX = "#REPL:";
    private static final String NONE = "none";
    private static final int ID_LENGTH = 40;

    private StreamMark() {}

    /** The comment for a position, or for none if it is null. */
    static byte[] line(ReplicationPosition position) {
        String what =
                position == null
                        ? NONE
                        : position.replId() + ":" + position.offset() + ":" + position.streamDb();
        return (PREFIX + what + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether a comment is one of these. */
    static boolean is(String comment) {
        return comment.startsWith(PREFIX);
    }

    /** What a comment tells; null if it tells of none, or makes no sense. */
    static ReplicationPosition parse(String comment) {
        String[] parts = comment.substring(PREFIX.length()).strip().split(":", -1);
        if (parts.length != 3 || parts[0].length() != ID_LENGTH) {
            return null;
        }
        try {
            return new ReplicationPosition(
                    parts[0], Long.parseLong(parts[1]), Integer.parseInt(parts[2]));
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
