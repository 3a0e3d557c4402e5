package dev.lockstep.server;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.StreamCursor;
import dev.lockstep.keyspace.StreamId;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.View;
import dev.lockstep.keyspace.ViewCursor;
import dev.lockstep.protocol.Decimal;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The digests of DEBUG DIGEST and DEBUG DIGEST-VALUE, equal to those of a stock Redis that holds the same data: 20 bytes,
 * SHA-1 all the way.
 *
 * <p>Two operations make them. <em>Adding</em> bytes XORs their SHA-1 into the digest, so the order doesn't matter.
 * <em>Mixing</em> adds and then replaces the digest by its own SHA-1, so the order does. A value's digest mixes its type's
 * number and its contents, and adds "!!expire!!" if it has a deadline. The contents are a string's bytes; a list's elements,
 * mixed; a stream's entries, their IDs (with a dot in place of the dash), fields and values, mixed; a set's members, added; of
 * a hash or a sorted set, a digest for each element that mixes it and its value or score, added; to that of a field with a
 * deadline "!!hexpire!!" is added.
 * When a value's digest goes into that of the whole data set, the key is mixed before. The data set's mixes the number of
 * each database that holds anything and adds its values' digests.
 *
 * <p>Any one thread.
 */
public final class DatasetDigest {
    private static final int BYTES = 20;
    private static final byte[] EXPIRES = "!!expire!!".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] FIELD_EXPIRES = "!!hexpire!!".getBytes(StandardCharsets.US_ASCII);

    private final MessageDigest sha1;
    private final ViewCursor live = new ViewCursor();
    private final byte[] total = new byte[BYTES];
    private final byte[] one = new byte[BYTES];
    private final byte[] element = new byte[BYTES];
    private final byte[] hash = new byte[BYTES];
    private final byte[] number = new byte[Integer.BYTES];
    private final StreamId id = new StreamId();
    private final byte[] idText = new byte[StreamId.TEXT_BYTES_MAX];

    public DatasetDigest() {
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-1", e);
        }
    }

    /** The digest of all databases, in hexadecimal. */
    public String of(View view) {
        Arrays.fill(total, (byte) 0);
        for (int database = 0; database < view.databases(); database++) {
            if (view.size(database) > 0) {
                mix(total, database);
                ViewCursor cursor = view.cursor(database);
                while (cursor.next()) {
                    add(cursor);
                }
            }
        }
        return HexFormat.of().formatHex(total);
    }

    private void add(ViewCursor cursor) {
        Arrays.fill(one, (byte) 0);
        mix(one, cursor.keyArray(), cursor.keyOffset(), cursor.keyLength());
        value(cursor);
        add(total, one, 0, BYTES);
    }

    /** The digest of one value, in hexadecimal; of forty zeros for an entry 0. */
    public String ofValue(Database db, int cell) {
        Arrays.fill(one, (byte) 0);
        if (cell != 0) {
            value(live.at(db, cell));
        }
        return HexFormat.of().formatHex(one);
    }

    private void value(ViewCursor entry) {
        mix(one, entry.type());
        switch (entry.type()) {
            case ValueType.STRING -> mix(one, entry.string());
            case ValueType.LIST -> {
                ElementCursor elements = entry.elements();
                while (elements.next()) {
                    mix(one, elements.element());
                }
            }
            case ValueType.SET -> {
                ElementCursor members = entry.elements();
                while (members.next()) {
                    StringValue member = members.element();
                    add(one, member.array(), member.offset(), member.length());
                }
            }
            case ValueType.HASH -> fields(entry.elements());
            case ValueType.ZSET -> scoredMembers(entry.elements());
            case ValueType.STREAM -> entries(entry.stream().entries());
            default -> throw new IllegalStateException("a value of type " + entry.type());
        }
        if (entry.deadline() >= 0) {
            add(one, EXPIRES, 0, EXPIRES.length);
        }
    }

    private void fields(ElementCursor fields) {
        while (fields.next()) {
            Arrays.fill(element, (byte) 0);
            mix(element, fields.element());
            mix(element, fields.value());
            if (fields.deadline() >= 0) {
                add(element, FIELD_EXPIRES, 0, FIELD_EXPIRES.length);
            }
            add(one, element, 0, BYTES);
        }
    }

    private void scoredMembers(ElementCursor members) {
        while (members.next()) {
            Arrays.fill(element, (byte) 0);
            mix(element, members.element());
            byte[] score = Decimal.toSeventeenDigits(members.score());
            mix(element, score, 0, score.length);
            add(one, element, 0, BYTES);
        }
    }

    private void entries(StreamCursor entries) {
        while (entries.next()) {
            int end = id.set(entries.ms(), entries.seq()).write(idText, 0);
            for (int i = 0; i < end; i++) {
                idText[i] = idText[i] == '-' ? (byte) '.' : idText[i];
            }
            mix(one, idText, 0, end);
            while (entries.nextField()) {
                mix(one, entries.field());
                mix(one, entries.value());
            }
        }
    }

    private void mix(byte[] digest, StringValue text) {
        mix(digest, text.array(), text.offset(), text.length());
    }

    private void mix(byte[] digest, int bigEndian) {
        number[0] = (byte) (bigEndian >>> 24);
        number[1] = (byte) (bigEndian >>> 16);
        number[2] = (byte) (bigEndian >>> 8);
        number[3] = (byte) bigEndian;
        mix(digest, number, 0, number.length);
    }

    private void mix(byte[] digest, byte[] array, int offset, int length) {
        add(digest, array, offset, length);
        sha1.update(digest, 0, BYTES);
        finish(digest);
    }

    private void add(byte[] digest, byte[] array, int offset, int length) {
        sha1.update(array, offset, length);
        finish(hash);
        for (int i = 0; i < BYTES; i++) {
            digest[i] ^= hash[i];
        }
    }

    private void finish(byte[] into) {
        try {
            sha1.digest(into, 0, BYTES);
        } catch (DigestException e) {
            throw new AssertionError("a SHA-1 has 20 bytes", e);
        }
    }
}
