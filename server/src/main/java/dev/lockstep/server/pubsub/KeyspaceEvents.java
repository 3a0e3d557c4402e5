package dev.lockstep.server.pubsub;

import dev.lockstep.keyspace.Database;
import dev.lockstep.protocol.ByteArray;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.config.EventClass;
import dev.lockstep.server.config.KeyspaceEventsSetting;

/**
 * Tells subscribers what happens to keys, as far as {@code notify-keyspace-events} wants it: the event on the channel of
 * the key, and the key on the channel of the event. Executor only.
 */
public final class KeyspaceEvents {
    private final PubSub pubSub;
    private final KeyspaceEventsSetting setting;
    private final ByteArray channel = new ByteArray(128);
    private final ByteArray eventName = new ByteArray(32);
    private int mask;

    public KeyspaceEvents(LockstepServer server) {
        pubSub = server.pubSub();
        setting = server.config().monitoring.notifyKeyspaceEvents;
        setting.onChange(this::changed);
        changed();
    }

    private String changed() {
        mask = setting.mask();
        return null;
    }

    /** Whether events of the class are published at all. */
    public boolean wants(EventClass eventClass) {
        return (mask & eventClass.bit()) != 0;
    }

    /** Publishes an event of an entry that no command names: it is about to be removed. */
    public void publish(EventClass eventClass, String event, int number, Database db, int cell) {
        if (wants(eventClass)) {
            publish(
                    eventClass,
                    event,
                    number,
                    db.keyArray(cell),
                    db.keyOffset(cell),
                    db.keyLength(cell));
        }
    }

    /** Publishes an event if its class is wanted. */
    public void publish(
            EventClass eventClass, String event, int database, byte[] key, int offset, int length) {
        if (!wants(eventClass) || pubSub.isEmpty()) {
            return;
        }
        eventName.clear();
        eventName.appendLatin1(event);
        if ((mask & KeyspaceEventsSetting.KEYSPACE_CHANNELS) != 0) {
            begin("__keyspace@", database);
            channel.append(key, offset, length);
            publish(eventName.array(), 0, eventName.length());
        }
        if ((mask & KeyspaceEventsSetting.EVENT_CHANNELS) != 0) {
            begin("__keyevent@", database);
            channel.append(eventName.array(), 0, eventName.length());
            publish(key, offset, length);
        }
    }

    private void begin(String kind, int database) {
        channel.clear();
        channel.appendLatin1(kind);
        channel.appendDecimal(database);
        channel.appendLatin1("__:");
    }

    private void publish(byte[] message, int offset, int length) {
        pubSub.publish(channel.array(), 0, channel.length(), message, offset, length);
    }
}
