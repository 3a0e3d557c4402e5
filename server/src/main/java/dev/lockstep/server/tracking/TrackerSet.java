package dev.lockstep.server.tracking;

import java.util.function.Consumer;

/** Two or more clients that have read a key, by identity: a table of slots that is at most three quarters full. */
final class TrackerSet implements Trackers {
    private static final int SLOTS_MIN = 4;
    private static final int BYTES = 24 + 16;

    private ClientTracking[] slots = new ClientTracking[SLOTS_MIN];
    private int count;

    TrackerSet(ClientTracking one, ClientTracking other) {
        with(one);
        with(other);
    }

    @Override
    public TrackerSet with(ClientTracking client) {
        int slot = slot(client);
        if (slots[slot] == null) {
            if (4 * ++count > 3 * slots.length) {
                grow();
                slot = slot(client);
            }
            slots[slot] = client;
        }
        return this;
    }

    /** Where a client is, or would be. */
    private int slot(ClientTracking client) {
        int slot = client.spread() & slots.length - 1;
        while (slots[slot] != null && slots[slot] != client) {
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }

    private void grow() {
        ClientTracking[] old = slots;
        slots = new ClientTracking[2 * old.length];
        for (ClientTracking client : old) {
            if (client != null) {
                slots[slot(client)] = client;
            }
        }
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public void forEach(Consumer<ClientTracking> action) {
        for (ClientTracking client : slots) {
            if (client != null) {
                action.accept(client);
            }
        }
    }

    @Override
    public int bytes() {
        return BYTES + 4 * slots.length;
    }
}
