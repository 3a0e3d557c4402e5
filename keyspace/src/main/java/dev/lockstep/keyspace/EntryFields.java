package dev.lockstep.keyspace;

/** The fields and values of an entry that is to be added to a stream: slices of one array, in turn, from element 0 on. */
public interface EntryFields {
    /** How many fields there are, each with a value: half as many as elements. */
    int fields();

    byte[] array();

    int offset(int element);

    int length(int element);
}
