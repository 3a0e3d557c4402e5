package dev.lockstep.keyspace;

/**
 * Up to which sizes a collection is kept packed, as the directives of the same names say.
 *
 * @param listMaxListpackSize list-max-listpack-size: elements of a block if positive, else -1 to -5 for 4 to 64 KiB
 */
public record EncodingLimits(
        long hashMaxListpackEntries,
        long hashMaxListpackValue,
        int listMaxListpackSize,
        long setMaxIntsetEntries,
        long setMaxListpackEntries,
        long setMaxListpackValue,
        long zsetMaxListpackEntries,
        long zsetMaxListpackValue,
        long streamNodeMaxBytes,
        long streamNodeMaxEntries) {
    /** Redis' own defaults. */
    public static final EncodingLimits DEFAULT =
            new EncodingLimits(512, 64, -2, 512, 128, 64, 128, 64, 4096, 100);
}
