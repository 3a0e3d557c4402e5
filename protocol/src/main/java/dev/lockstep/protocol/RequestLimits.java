package dev.lockstep.protocol;

/** What the configuration allows a request: shared by the parsers of all connections, changed by CONFIG SET. */
public final class RequestLimits {
    /** Redis' default for proto-max-bulk-len. */
    public static final long MAX_BULK_LENGTH_DEFAULT = 512L * 1024 * 1024;

    /** Of what this server or its master has written itself, which is taken whatever is allowed to clients now. */
    public static RequestLimits none() {
        return new RequestLimits(Integer.MAX_VALUE);
    }

    private volatile long maxBulkLength;

    public RequestLimits() {
        this(MAX_BULK_LENGTH_DEFAULT);
    }

    public RequestLimits(long maxBulkLength) {
        setMaxBulkLength(maxBulkLength);
    }

    /** proto-max-bulk-len: the bytes one argument may have. Any thread. */
    public long maxBulkLength() {
        return maxBulkLength;
    }

    /**
     * Applies to arguments whose length is read from now on. Any thread. At least what an unauthenticated client may send:
     * the parser doesn't look here for less.
     */
    public void setMaxBulkLength(long bytes) {
        if (bytes < RequestParser.UNAUTHENTICATED_BULK_BYTES_MAX) {
            throw new IllegalArgumentException("a limit of " + bytes + " bytes per argument");
        }
        maxBulkLength = bytes;
    }
}
