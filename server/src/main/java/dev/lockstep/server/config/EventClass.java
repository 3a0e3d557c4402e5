package dev.lockstep.server.config;

/** A class of keyspace events: what {@code notify-keyspace-events} has a letter for. */
public enum EventClass {
    /** Of keys whatever they hold: del, expire, rename_from, ... */
    GENERIC('g'),
    STRING('$'),
    LIST('l'),
    SET('s'),
    HASH('h'),
    ZSET('z'),
    EXPIRED('x'),
    EVICTED('e'),
    STREAM('t'),
    MODULE('d'),
    /** A read found no key. */
    KEY_MISS('m'),
    /** A key was made; the event of the command that made it follows. */
    NEW('n');

    private final int bit;

    EventClass(char letter) {
        bit = KeyspaceEventsSetting.bit(letter);
    }

    /** Its bit in {@link KeyspaceEventsSetting#mask}. */
    public int bit() {
        return bit;
    }
}
