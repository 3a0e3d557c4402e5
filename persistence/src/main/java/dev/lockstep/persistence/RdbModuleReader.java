package dev.lockstep.persistence;

import java.io.IOException;

/** Reads over what modules saved: a sequence of self-describing items up to an end mark. */
final class RdbModuleReader {
    private final RdbString scratch = new RdbString();

    /** Reads over the value of {@code entry}. */
    void read(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        final String name = RdbFormat.moduleName(in.unsignedLength("a module ID"));
        items(in);
        handler.skipped(
                "Skipped key '"
                        + entry.printableKey()
                        + "': it is a value of the module type '"
                        + name
                        + "', and there are no modules here");
    }

    /** The data a module saves beside the keys. */
    void aux(final RdbInput in, final RdbHandler handler) throws IOException {
        final String name = RdbFormat.moduleName(in.unsignedLength("a module ID"));
        items(in);
        handler.skipped(
                "Skipped the AUX data of the module type '"
                        + name
                        + "': there are no modules here");
    }

    private void items(final RdbInput in) throws IOException {
        while (true) {
            final long at = in.offset();
            final long opcode = in.unsignedLength("a module opcode");
            if (opcode == RdbFormat.MODULE_EOF) {
                return;
            }
            if (opcode == RdbFormat.MODULE_SINT || opcode == RdbFormat.MODULE_UINT) {
                in.unsignedLength("a module integer");
            } else if (opcode == RdbFormat.MODULE_FLOAT) {
                in.intLittleEndian("a module float");
            } else if (opcode == RdbFormat.MODULE_DOUBLE) {
                in.longLittleEndian("a module double");
            } else if (opcode == RdbFormat.MODULE_STRING) {
                in.string(scratch, "a module string");
            } else {
                throw new RdbException(
                        at,
                        "expected a module opcode (0 to 5), found "
                                + Long.toUnsignedString(opcode));
            }
        }
    }
}
