package dev.lockstep.server.command;

import java.util.Locale;

/** ACL categories, in the order COMMAND INFO gives them. */
public enum Category {
    KEYSPACE,
    READ,
    WRITE,
    SET,
    SORTEDSET,
    LIST,
    HASH,
    STRING,
    BITMAP,
    HYPERLOGLOG,
    GEO,
    STREAM,
    PUBSUB,
    ADMIN,
    FAST,
    SLOW,
    BLOCKING,
    DANGEROUS,
    CONNECTION,
    TRANSACTION,
    SCRIPTING;

    /** The name without the '@'. */
    public String categoryName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
