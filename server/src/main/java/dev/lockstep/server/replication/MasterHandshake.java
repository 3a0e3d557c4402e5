package dev.lockstep.server.replication;

import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.replication.ReplicationHistory;
import dev.lockstep.replication.TransferBody;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.net.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a replica and its master say to each other before data flow: line by line, each answer leads to the next question, up
 * to PSYNC and the header of a full sync. Executor only.
 */
final class MasterHandshake {
    private static final Logger LOG = LoggerFactory.getLogger(MasterHandshake.class);
    private static final int LINE_BYTES_MAX = 1024;

    /** What is waited for. */
    private enum Step {
        PING,
        AUTH,
        PORT,
        IP,
        CAPA,
        PSYNC,
        BULK_HEADER
    }

    /** Where it leads to. */
    interface Listener {
        /** A full sync will come, with the data at this offset of this history. */
        void fullSyncAnnounced(String id, long offset);

        /** The announced data begin with the next byte. */
        void fullSyncBegins(TransferBody body);

        /** The stream goes on where it ended, and begins with the next byte. */
        void partialSyncBegins();

        /** It can't go on; the reason is null where the log has it already. */
        void handshakeFailed(String reason);
    }

    private final LockstepServer server;
    private final Replication replication;
    private final Connection connection;
    private final Listener listener;
    private final RequestEncoder encoder = new RequestEncoder(256);
    private final StringBuilder line = new StringBuilder();
    private Step step;

    MasterHandshake(
            LockstepServer server,
            Replication replication,
            Connection connection,
            Listener listener) {
        this.server = server;
        this.replication = replication;
        this.connection = connection;
        this.listener = listener;
    }

    void begin() {
        ask(Step.PING, "PING");
    }

    private void ask(Step next, String... words) {
        step = next;
        encoder.clear();
        encoder.begin(words.length);
        for (String word : words) {
            encoder.arg(word);
        }
        connection.send(encoder.array(), 0, encoder.length());
        connection.flush();
    }

    /** Takes bytes of the master's, up to the end of a line; returns where the next begins. */
    int accept(byte[] array, int offset, int end) {
        for (int at = offset; at < end; at++) {
            byte letter = array[at];
            if (letter == '\n') {
                lineEnds();
                return at + 1;
            }
            if (line.length() == LINE_BYTES_MAX) {
                listener.handshakeFailed(
                        "The master sent a line of over "
                                + LINE_BYTES_MAX
                                + " bytes during the handshake");
                return end;
            }
            line.append((char) (letter & 0xff));
        }
        return end;
    }

    private void lineEnds() {
        int last = line.length() - 1;
        if (last >= 0 && line.charAt(last) == '\r') {
            line.setLength(last);
        }
        String text = line.toString();
        line.setLength(0);
        if (!text.isEmpty()) { // else the master only shows that it is there
            answered(text);
        }
    }

    private void answered(String answer) {
        boolean error = answer.startsWith("-");
        switch (step) {
            case PING -> {
                if (error
                        && !answer.startsWith("-NOAUTH")
                        && !answer.startsWith("-NOPERM")
                        && !answer.startsWith("-ERR operation not permitted")) {
                    fail("Error reply to PING from master: '" + answer + "'");
                    return;
                }
                LOG.info("Master replied to PING, replication can continue...");
                authenticate();
            }
            case AUTH -> {
                if (error) {
                    fail("Unable to AUTH to MASTER: " + answer);
                    return;
                }
                tellPort();
            }
            case PORT -> {
                if (error) {
                    notUnderstood("listening-port", answer);
                }
                String ip = server.config().replication.announceIp.get();
                if (ip.isEmpty()) {
                    tellCapabilities();
                } else {
                    ask(Step.IP, "REPLCONF", "ip-address", ip);
                }
            }
            case IP -> {
                if (error) {
                    notUnderstood("ip-address", answer);
                }
                tellCapabilities();
            }
            case CAPA -> {
                if (error) {
                    notUnderstood("capa", answer);
                }
                askForData();
            }
            case PSYNC -> dataPromised(answer);
            case BULK_HEADER -> headerArrived(answer);
        }
    }

    private void fail(String reason) {
        listener.handshakeFailed(reason);
    }

    private static void notUnderstood(String option, String answer) {
        LOG.info("(Non critical) Master does not understand REPLCONF {}: {}", option, answer);
    }

    private void authenticate() {
        String user = server.config().replication.masterUser.get();
        String password = server.config().replication.masterAuth.get();
        if (password.isEmpty()) {
            tellPort();
        } else if (user.isEmpty()) {
            ask(Step.AUTH, "AUTH", password);
        } else {
            ask(Step.AUTH, "AUTH", user, password);
        }
    }

    private void tellPort() {
        int announced = server.config().replication.announcePort.get();
        int shown = announced != 0 ? announced : ownPort();
        ask(Step.PORT, "REPLCONF", "listening-port", Integer.toString(shown));
    }

    /** The port that others reach this server at in the way in which it reaches its master. */
    private int ownPort() {
        int tlsPort = server.config().tls.port.get();
        boolean encrypted = server.config().tls.replication.get() && tlsPort != 0;
        return encrypted ? tlsPort : server.config().network.port.get();
    }

    private void tellCapabilities() {
        ask(Step.CAPA, "REPLCONF", "capa", "eof", "capa", "psync2");
    }

    private void askForData() {
        String id = replication.history().id();
        long next = replication.offset() + 1;
        if (replication.failover().isHandingOver()) {
            ask(Step.PSYNC, "PSYNC", id, Long.toString(next), "FAILOVER");
        } else if (replication.log() != null) {
            LOG.info("Trying a partial resynchronization (request {}:{}).", id, next);
            ask(Step.PSYNC, "PSYNC", id, Long.toString(next));
        } else {
            LOG.info("Partial resynchronization not possible (no cached master)");
            ask(Step.PSYNC, "PSYNC", "?", "-1");
        }
    }

    private void dataPromised(String answer) {
        String[] words = answer.split(" ");
        if (words[0].equals("+FULLRESYNC")
                && words.length == 3
                && words[1].length() == ReplicationHistory.ID_LENGTH
                && words[2].matches("\\d{1,18}")) {
            LOG.info("Full resync from master: {}:{}", words[1], words[2]);
            replication.failover().accepted();
            step = Step.BULK_HEADER;
            listener.fullSyncAnnounced(words[1], Long.parseLong(words[2]));
        } else if (words[0].equals("+CONTINUE")) {
            LOG.info("Successful partial resynchronization with master.");
            replication.failover().accepted();
            if (words.length > 1 && words[1].length() == ReplicationHistory.ID_LENGTH) {
                replication.continueAs(words[1]);
            }
            listener.partialSyncBegins();
        } else if (answer.startsWith("-NOMASTERLINK") || answer.startsWith("-LOADING")) {
            LOG.info("Master is currently unable to PSYNC but should be in the future: {}", answer);
            fail(null);
            replication.failover().rejected();
        } else {
            fail("Unexpected reply to PSYNC from master: " + answer);
            replication.failover().rejected();
        }
    }

    private void headerArrived(String header) {
        if (header.startsWith("-")) {
            fail("MASTER aborted replication with an error: " + header.substring(1));
        } else if (header.startsWith("$EOF:")
                && header.length() == 5 + ReplicationHistory.ID_LENGTH) {
            listener.fullSyncBegins(TransferBody.untilMark(header.substring(5)));
        } else if (header.matches("\\$\\d{1,18}")) {
            listener.fullSyncBegins(TransferBody.ofLength(Long.parseLong(header.substring(1))));
        } else {
            fail(
                    "Bad protocol from MASTER, the first byte is not '$' (we received '"
                            + header
                            + "'), are you sure the host and port are right?");
        }
    }
}
