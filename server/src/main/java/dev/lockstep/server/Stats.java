package dev.lockstep.server;

import dev.lockstep.server.acl.Denied;
import java.util.TreeMap;

/** The counters of INFO stats and errorstats. Executor only. */
public final class Stats {
    /** Above so many kinds of error only the known ones are counted: replies may be made of what clients sent. */
    private static final int ERROR_KINDS_MAX = 128;

    public long connectionsReceived;
    public long commandsProcessed;
    public long netInputBytes;
    public long netOutputBytes;
    public long netReplicationInputBytes;
    public long netReplicationOutputBytes;
    public long rejectedConnections;
    public long syncFull;
    public long syncPartialOk;
    public long syncPartialErr;
    public long expiredKeys;
    public long expiredFields;
    public long evictedKeys;
    public long evictedClients;
    public long keyspaceHits;
    public long keyspaceMisses;
    public long totalForks;
    public long latestForkMicros;
    public long unexpectedErrorReplies;
    public long totalErrorReplies;
    public long clientQueryBufferLimitDisconnections;
    public long clientOutputBufferLimitDisconnections;
    public long totalReadsProcessed;
    public long totalWritesProcessed;
    public long peakMemory;
    public long expireCycleMicros;
    public long deniedAuthentications;
    public long deniedCommands;
    public long deniedKeys;
    public long deniedChannels;

    /** Batches of requests, which is what Redis' event loop cycles come to, and the time in them. */
    public long batches;

    public long batchNanos;

    /** The longest batch. */
    public long longestBatchNanos;

    /** The most commands in a batch. */
    public long mostCommandsPerBatch;

    private long commandsBeforeBatch;

    /** Time that the periodic work took. */
    public long cronNanos;

    /** Time that writing to the append-only file took. */
    public long aofNanos;

    private final TreeMap<String, long[]> errors = new TreeMap<>();

    /** The periodic work is done: a turn of the event loop as well. */
    void tickEnds(long nanos) {
        batches++;
        batchNanos += nanos;
        cronNanos += nanos;
    }

    /** A batch of requests of one client has ended. */
    void batchEnds(long nanos) {
        batches++;
        batchNanos += nanos;
        longestBatchNanos = Math.max(longestBatchNanos, nanos);
        mostCommandsPerBatch =
                Math.max(mostCommandsPerBatch, commandsProcessed - commandsBeforeBatch);
        commandsBeforeBatch = commandsProcessed;
    }

    /** Counts an error reply by its code, the first word. */
    public void countError(String reply) {
        totalErrorReplies++;
        int end = 0;
        while (end < reply.length() && reply.charAt(end) > ' ') {
            end++;
        }
        String code = reply.substring(0, end);
        long[] count = errors.get(code);
        if (count != null) {
            count[0]++;
        } else if (errors.size() < ERROR_KINDS_MAX) {
            errors.put(code, new long[] {1});
        }
    }

    /** Counts what a user was refused. */
    public void denied(Denied what) {
        switch (what) {
            case AUTH -> deniedAuthentications++;
            case COMMAND -> deniedCommands++;
            case KEY -> deniedKeys++;
            case CHANNEL -> deniedChannels++;
        }
    }

    /** Counts by error code, in the order of the codes. */
    public Iterable<java.util.Map.Entry<String, long[]>> errors() {
        return errors.entrySet();
    }

    /** CONFIG RESETSTAT: what Redis sets back. */
    public void reset() {
        commandsProcessed = 0;
        connectionsReceived = 0;
        expiredKeys = 0;
        expiredFields = 0;
        evictedKeys = 0;
        evictedClients = 0;
        keyspaceHits = 0;
        keyspaceMisses = 0;
        totalForks = 0;
        rejectedConnections = 0;
        syncFull = 0;
        syncPartialOk = 0;
        syncPartialErr = 0;
        latestForkMicros = 0;
        netInputBytes = 0;
        netOutputBytes = 0;
        netReplicationInputBytes = 0;
        netReplicationOutputBytes = 0;
        unexpectedErrorReplies = 0;
        totalErrorReplies = 0;
        totalReadsProcessed = 0;
        totalWritesProcessed = 0;
        clientQueryBufferLimitDisconnections = 0;
        clientOutputBufferLimitDisconnections = 0;
        expireCycleMicros = 0;
        deniedAuthentications = 0;
        deniedCommands = 0;
        deniedKeys = 0;
        deniedChannels = 0;
        batches = 0;
        batchNanos = 0;
        longestBatchNanos = 0;
        mostCommandsPerBatch = 0;
        commandsBeforeBatch = 0;
        cronNanos = 0;
        aofNanos = 0;
        errors.clear();
    }
}
