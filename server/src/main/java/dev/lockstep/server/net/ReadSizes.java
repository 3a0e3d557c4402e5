package dev.lockstep.server.net;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import java.util.function.IntSupplier;

/**
 * One read of a socket each time that it is its turn, of as many bytes as its connection wants: so a client with a long
 * pipeline holds up the others for no longer than one read's requests take.
 */
final class ReadSizes extends DefaultMaxMessagesRecvByteBufAllocator {
    private final IntSupplier wanted;

    /**
     * @param wanted how many bytes to read at most; asked on the channel's own loop
     */
    ReadSizes(IntSupplier wanted) {
        super(1);
        this.wanted = wanted;
    }

    @SuppressWarnings("deprecation") // the interface's only method
    @Override
    public Handle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return wanted.getAsInt();
            }
        };
    }
}
