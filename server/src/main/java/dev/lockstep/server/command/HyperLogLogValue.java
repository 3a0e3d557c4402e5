package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.hyperloglog.DenseRegisters;
import dev.lockstep.server.hyperloglog.HyperLogLogLayout;
import dev.lockstep.server.hyperloglog.RegisterHistogram;
import dev.lockstep.server.hyperloglog.SparseRegisters;
import dev.lockstep.server.hyperloglog.UnionRegisters;

/**
 * The HyperLogLog that a key holds, read and changed where it lies. One object, opened for one key after the other.
 *
 * <p>Only a register that really changes makes the string be written to, so what changes nothing copies nothing while a view
 * is open. Sparse registers become dense ones when they would take more than {@code hll-sparse-max-bytes}, or can't hold a
 * value.
 */
final class HyperLogLogValue {
    static final CommandException INVALID =
            new CommandException("WRONGTYPE Key is not a valid HyperLogLog string value.");
    static final CommandException CORRUPTED =
            new CommandException("INVALIDOBJ Corrupted HLL object detected");

    private static final int MAX_SPARSE_RANK = 32;

    /** What all the steps of a change may take together: a sparse string grows by quarters, and becomes a dense one. */
    private static final long BYTES_FOR_CHANGE = 8L * HyperLogLogLayout.DENSE_BYTES;

    private final StringValue value = new StringValue();
    private final SparseRegisters sparse = new SparseRegisters();
    private final RegisterHistogram histogram = new RegisterHistogram();
    private final UnionRegisters unpacked = new UnionRegisters();
    private final byte[] dense = new byte[HyperLogLogLayout.DENSE_BYTES];

    private Call call;
    private Database db;
    private int arg;
    private int cell;
    private boolean admitted;

    /**
     * Opens the HyperLogLog of a key.
     *
     * @param cell what was found under the key that this argument names
     */
    void open(Call newCall, int keyArg, int foundCell) {
        start(newCall, keyArg);
        if (db.type(foundCell) != ValueType.STRING) {
            throw Call.WRONGTYPE;
        }
        moved(foundCell);
        if (!HyperLogLogLayout.isHyperLogLog(value.array(), value.offset(), value.length())) {
            throw INVALID;
        }
    }

    /** Makes a HyperLogLog of nothing for a key that was looked for last, and is not there. */
    void create(Call newCall, int keyArg) {
        start(newCall, keyArg);
        admit();
        Request args = call.args();
        moved(
                db.createString(
                        args.array(),
                        args.offset(arg),
                        args.length(arg),
                        HyperLogLogLayout.EMPTY_BYTES));
        HyperLogLogLayout.writeEmpty(value.array(), value.offset());
        call.created(arg);
    }

    private void start(Call newCall, int keyArg) {
        call = newCall;
        db = newCall.db();
        arg = keyArg;
        admitted = false;
        sparse.rewind();
    }

    private void moved(int newCell) {
        cell = newCell;
        db.read(cell, value);
    }

    private void admit() {
        if (!admitted) {
            db.admit(BYTES_FOR_CHANGE);
            admitted = true;
        }
    }

    // ---- reading ----

    boolean isSparse() {
        return HyperLogLogLayout.isSparse(value.array(), value.offset());
    }

    /** The string, valid until the keyspace changes. */
    StringValue string() {
        return value;
    }

    int denseRegister(int register) {
        return DenseRegisters.get(value.array(), registersAt(), register);
    }

    private int registersAt() {
        return value.offset() + HyperLogLogLayout.HEADER_BYTES;
    }

    private int registersLength() {
        return value.length() - HyperLogLogLayout.HEADER_BYTES;
    }

    /** Raises registers to those of this HyperLogLog. */
    void addTo(UnionRegisters union) {
        if (!union.add(value.array(), value.offset(), value.length())) {
            throw CORRUPTED;
        }
    }

    boolean knowsCardinality() {
        return HyperLogLogLayout.knowsCardinality(value.array(), value.offset());
    }

    /** The estimate that the header has. */
    long knownCardinality() {
        return HyperLogLogLayout.cardinality(value.array(), value.offset());
    }

    long estimate() {
        long estimate = histogram.cardinality(value.array(), value.offset(), value.length());
        if (estimate < 0) {
            throw CORRUPTED;
        }
        return estimate;
    }

    // ---- changing ----

    void cardinality(long estimate) {
        resize(value.length());
        HyperLogLogLayout.cardinality(value.array(), value.offset(), estimate);
    }

    void outdateCardinality() {
        resize(value.length());
        HyperLogLogLayout.outdateCardinality(value.array(), value.offset());
    }

    /** The next registers to raise may be any, not only those behind the last one. */
    void rewind() {
        sparse.rewind();
    }

    /** Raises a register to a rank; false if it is there already. */
    boolean raise(int register, int rank) {
        return isSparse() ? raiseSparse(register, rank) : raiseDense(register, rank);
    }

    private boolean raiseDense(int register, int rank) {
        if (denseRegister(register) >= rank) {
            return false;
        }
        admit();
        resize(value.length());
        DenseRegisters.set(value.array(), registersAt(), register, rank);
        return true;
    }

    private boolean raiseSparse(int register, int rank) {
        if (rank > MAX_SPARSE_RANK) {
            makeDense();
            return raiseDense(register, rank);
        }
        if (!sparse.seek(value.array(), registersAt(), registersLength(), register)) {
            throw CORRUPTED;
        }
        if (sparse.value() >= rank) {
            return false;
        }
        int growth = sparse.plan(register, rank);
        if (growth > 0 && value.length() + growth > maxSparseBytes()) {
            makeDense();
            return raiseDense(register, rank);
        }
        admit();
        int before = registersLength();
        resize(value.length() + Math.max(growth, 0));
        int after = sparse.apply(value.array(), registersAt(), before);
        resize(HyperLogLogLayout.HEADER_BYTES + after);
        return true;
    }

    private long maxSparseBytes() {
        return call.server().config().encodings.hllSparseMaxBytes.bytes();
    }

    /** Makes the string changeable in place and so many bytes long. */
    private void resize(int length) {
        moved(db.resizeString(cell, length));
    }

    /** Gives dense registers to a HyperLogLog that has sparse ones. */
    void makeDense() {
        unpacked.clear();
        addTo(unpacked);
        HyperLogLogLayout.writeDenseHeader(value.array(), value.offset(), dense);
        unpacked.putDense(dense, HyperLogLogLayout.HEADER_BYTES);
        admit();
        Request args = call.args();
        moved(
                db.storeBytes(
                        cell,
                        args.array(),
                        args.offset(arg),
                        args.length(arg),
                        dense,
                        0,
                        dense.length,
                        db.deadline(cell)));
    }
}
