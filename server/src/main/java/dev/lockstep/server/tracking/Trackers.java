package dev.lockstep.server.tracking;

import java.util.function.Consumer;

/** The clients that have read a key: one of them alone is such a set itself, because most keys are read by one. */
interface Trackers {
    /** The set with one more client; this object if it is in it already, or has been added to it. */
    Trackers with(ClientTracking client);

    int count();

    void forEach(Consumer<ClientTracking> action);

    /** About what the set takes in memory beside the clients. */
    int bytes();
}
