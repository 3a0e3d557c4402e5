package dev.lockstep.server.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

/** A buffer goes to the next one only when the last one has let go of it, and none is lost. */
class SpareBufferTest {
    private final ByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final SpareBuffer spare = new SpareBuffer(64);

    @Test
    void whatWasReleasedIsUsedAgainEmpty() {
        ByteBuf first = spare.take(allocator, 10);
        first.writeLong(1).readInt();
        first.release();
        ByteBuf second = spare.take(allocator, 64);
        assertSame(first, second);
        assertEquals(0, second.readableBytes());
        assertEquals(64, second.writableBytes());
    }

    @Test
    void whoKeepsABufferHasItForHimself() {
        ByteBuf kept = spare.take(allocator, 10).writeInt(7);
        ByteBuf other = spare.take(allocator, 10).writeInt(8);
        assertNotSame(kept, other);
        assertEquals(7, kept.readInt());
        assertEquals(1, kept.refCnt(), "the keeper's alone");
        kept.release();
        other.release();
        assertSame(other, spare.take(allocator, 10));
    }

    @Test
    void aSliceThatIsStillReadKeepsItAsWell() {
        ByteBuf whole = spare.take(allocator, 10).writeInt(7);
        ByteBuf slice = whole.readRetainedSlice(4);
        whole.release();
        spare.take(allocator, 10).writeInt(8);
        assertEquals(7, slice.readInt());
    }

    @Test
    void whatIsLongerHasABufferOfItsOwn() {
        ByteBuf usual = spare.take(allocator, 64);
        usual.release();
        ByteBuf longer = spare.take(allocator, 65);
        assertNotSame(usual, longer);
        assertEquals(1, longer.refCnt());
        assertSame(usual, spare.take(allocator, 64));
    }

    @Test
    void whatGrewInUseIsNotKept() {
        ByteBuf grown = spare.take(allocator, 64);
        grown.writeZero(100);
        grown.release();
        ByteBuf next = spare.take(allocator, 64);
        assertEquals(64, next.capacity());
        assertEquals(0, grown.refCnt());
    }
}
