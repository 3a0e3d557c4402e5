package dev.lockstep.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * One read of a socket each time that it is its turn, of as many bytes as its connection wants: so a client with a long
 * pipeline holds up the others for no longer than one read's requests take. Others follow where it has ended within a long
 * argument: the rest costs nobody a request.
 */
final class ReadSizes extends DefaultMaxMessagesRecvByteBufAllocator {
    private final Reader reader;

    /** Who reads; asked on the channel's own loop. */
    interface Reader {
        /** How many bytes to read at most. */
        int bytesToRead();

        /** Whether to read once more at once. */
        boolean readsOn();

        /** Where to read so many bytes to. */
        ByteBuf bufferToRead(ByteBufAllocator allocator, int bytes);
    }

    ReadSizes(Reader reader) {
        super(1);
        this.reader = reader;
    }

    @SuppressWarnings("deprecation") // the interface's only method
    @Override
    public Handle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return reader.bytesToRead();
            }

            @Override
            public boolean continueReading() {
                return super.continueReading() || reader.readsOn();
            }

            @Override
            public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
                return super.continueReading(maybeMoreData) || reader.readsOn();
            }

            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                return reader.bufferToRead(allocator, guess());
            }
        };
    }
}
