package dev.lockstep.persistence;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Arrays as sinks and sources, and bytes written as text. */
final class Bytes {
    private Bytes() {}

    static final class Sink implements ByteSink {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        @Override
        public void write(final byte[] array, final int offset, final int length) {
            out.write(array, offset, length);
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }

    /** Gives at most {@code step} bytes per read, and says its size only if asked to. */
    static final class Source implements ByteSource {
        private final byte[] bytes;
        private final int step;
        private final boolean sized;
        private int position;

        Source(final byte[] bytes, final int step, final boolean sized) {
            this.bytes = bytes;
            this.step = step;
            this.sized = sized;
        }

        @Override
        public int read(final byte[] buffer, final int offset, final int length) {
            if (position == bytes.length) {
                return -1;
            }
            final int count = Math.min(Math.min(step, length), bytes.length - position);
            System.arraycopy(bytes, position, buffer, offset, count);
            position += count;
            return count;
        }

        @Override
        public long size() {
            return sized ? bytes.length : UNKNOWN_SIZE;
        }
    }

    /** ISO-8859-1 text and numbers 0 to 255, one after the other. */
    static byte[] of(final Object... parts) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (final Object part : parts) {
            if (part instanceof Integer) {
                out.write((Integer) part);
            } else if (part instanceof byte[]) {
                out.writeBytes((byte[]) part);
            } else {
                for (final char c : ((String) part).toCharArray()) {
                    out.write(c);
                }
            }
        }
        return out.toByteArray();
    }

    static byte[] repeat(final int value, final int count) {
        final byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** A string as an RDB has it, of less than 64 bytes. */
    static byte[] string(final byte[] bytes) {
        return of(bytes.length, bytes);
    }

    /** A set, hash or sorted set in a listpack: texts, and numbers below 128. */
    static byte[] listpack(final Object... elements) {
        byte[] entries = new byte[0];
        for (final Object element : elements) {
            if (element instanceof Integer) {
                entries = of(entries, element, 1);
            } else {
                final int length = ((String) element).length();
                entries = of(entries, 0x80 | length, element, length + 1);
            }
        }
        return of(entries.length + 7, 0, 0, 0, elements.length, 0, entries, 255);
    }

    /** A ziplist of entries that are bytes already. */
    static byte[] ziplist(final int tail, final int count, final byte[] entries) {
        return of(entries.length + 11, 0, 0, 0, tail, 0, 0, 0, count, 0, entries, 255);
    }

    /** A value with the footer that makes it a payload. */
    static byte[] footed(final byte[] value) {
        final byte[] body = of(value, 12, 0);
        long crc = Crc64.update(0, body, 0, body.length);
        final byte[] footer = new byte[8];
        for (int i = 0; i < 8; i++) {
            footer[i] = (byte) crc;
            crc >>>= 8;
        }
        return of(body, footer);
    }
}
