package dev.lockstep.server;

import dev.lockstep.protocol.ByteArray;
import dev.lockstep.server.migrate.Exchange;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys of one MIGRATE, as they were when it began, and what has become of them here since. Executor only, but for the
 * exchange while it runs.
 */
final class Migration {
    /** A key on its way. */
    static final class Item {
        final Migration migration;
        final byte[] name;

        /** Something happened to it here since it was sent. */
        boolean changed;

        Item(Migration migration, byte[] name) {
            this.migration = migration;
            this.name = name;
        }
    }

    final Client client;
    final int database;
    final boolean copies;

    /** Whether the client wants no reply, by CLIENT REPLY. */
    final boolean silent;

    /** What the payloads take. */
    long bytes;

    final List<Item> items = new ArrayList<>();

    /** RESTORE of each. */
    final List<ByteArray> commands = new ArrayList<>();

    Exchange exchange;

    Migration(Client client, boolean copies) {
        this.client = client;
        this.database = client.database;
        this.copies = copies;
        this.silent = client.replyOff || client.replySkip;
    }

    void add(byte[] name, ByteArray command) {
        items.add(new Item(this, name));
        commands.add(command);
    }
}
