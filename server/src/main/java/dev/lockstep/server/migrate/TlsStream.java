package dev.lockstep.server.migrate;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/** TLS over a connection whose steps all have a deadline, as System.nanoTime tells it. One thread at a time. */
final class TlsStream {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final Wire wire;

    /** Encrypted, to be sent; empty between calls. */
    private final ByteBuffer toWire;

    /** Encrypted, from position to limit, as it has arrived. */
    private ByteBuffer fromWire;

    /** Decrypted, from position to limit. */
    private ByteBuffer decrypted;

    /** The plain connection below. */
    interface Wire {
        /** Sends all of it. */
        void send(ByteBuffer bytes, long deadlineNanos) throws IOException;

        /** Puts at least one byte into the buffer, or returns -1 at the end. */
        int receive(ByteBuffer bytes, long deadlineNanos) throws IOException;
    }

    TlsStream(SSLEngine engine, Wire wire) {
        this.engine = engine;
        this.wire = wire;
        toWire = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        fromWire = ByteBuffer.allocate(engine.getSession().getPacketBufferSize()).limit(0);
        decrypted = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).limit(0);
    }

    void handshake(long deadlineNanos) throws IOException {
        engine.beginHandshake();
        while (true) {
            HandshakeStatus next = engine.getHandshakeStatus();
            switch (next) {
                case NEED_TASK -> runTasks();
                case NEED_WRAP -> wrap(NOTHING, deadlineNanos);
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> unwrap(deadlineNanos);
                case FINISHED, NOT_HANDSHAKING -> {
                    return;
                }
            }
        }
    }

    private void runTasks() {
        Runnable task;
        while ((task = engine.getDelegatedTask()) != null) {
            task.run();
        }
    }

    private void wrap(ByteBuffer plain, long deadlineNanos) throws IOException {
        toWire.clear();
        engine.wrap(plain, toWire);
        wire.send(toWire.flip(), deadlineNanos);
    }

    /** Takes one record, of which there may be something to read afterwards. */
    private void unwrap(long deadlineNanos) throws IOException {
        decrypted.compact();
        try {
            while (true) {
                SSLEngineResult result = engine.unwrap(fromWire, decrypted);
                switch (result.getStatus()) {
                    case OK -> {
                        return;
                    }
                    case CLOSED -> throw new EOFException("the target has ended the connection");
                    case BUFFER_OVERFLOW ->
                            decrypted =
                                    enlarged(
                                            decrypted,
                                            engine.getSession().getApplicationBufferSize());
                    case BUFFER_UNDERFLOW -> receive(deadlineNanos);
                }
            }
        } finally {
            decrypted.flip();
        }
    }

    private void receive(long deadlineNanos) throws IOException {
        fromWire.compact();
        try {
            if (!fromWire.hasRemaining()) {
                fromWire = enlarged(fromWire, fromWire.capacity());
            }
            if (wire.receive(fromWire, deadlineNanos) < 0) {
                throw new EOFException("the target has closed the connection");
            }
        } finally {
            fromWire.flip();
        }
    }

    /** The same as far as it is filled, with room for so much more. */
    private static ByteBuffer enlarged(ByteBuffer filled, int bytes) {
        return ByteBuffer.allocate(filled.position() + bytes).put(filled.flip());
    }

    /** Sends all of it. */
    void send(ByteBuffer plain, long deadlineNanos) throws IOException {
        while (plain.hasRemaining()) {
            wrap(plain, deadlineNanos);
        }
    }

    /** Puts at least one byte into the buffer. */
    void read(ByteBuffer plain, long deadlineNanos) throws IOException {
        while (!decrypted.hasRemaining()) {
            unwrap(deadlineNanos);
            if (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
                handshake(deadlineNanos); // keys are changed, for one
            }
        }
        int some = Math.min(plain.remaining(), decrypted.remaining());
        plain.put(decrypted.slice().limit(some));
        decrypted.position(decrypted.position() + some);
    }
}
