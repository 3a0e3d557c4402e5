package dev.lockstep.protocol;

import static dev.lockstep.protocol.Recorded.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ReplyBufferTest {
    @Test
    void encodesWhatBothVersionsShare() {
        assertBoth("+OK\r\n", ReplyBuffer::ok);
        assertBoth("+string\r\n", r -> r.simple("string"));
        assertBoth("+PONG\r\n", r -> r.simple(Replies.PONG));
        assertBoth("-ERR no such key\r\n", r -> r.error(ErrorReplies.NO_SUCH_KEY));
        assertBoth("-ERR a  b \u00e9\r\n", r -> r.error("\r\nERR a\r\nb \u00e9\r\n\n"));
        assertBoth(":0\r\n", r -> r.integer(0));
        assertBoth(":1023\r\n", r -> r.integer(1023));
        assertBoth(":1024\r\n", r -> r.integer(1024));
        assertBoth(":-1\r\n", r -> r.integer(-1));
        assertBoth(":-9223372036854775808\r\n", r -> r.integer(Long.MIN_VALUE));
        assertBoth("$3\r\nbcd\r\n", r -> r.bulk(bytes("abcde"), 1, 3));
        assertBoth("$0\r\n\r\n", r -> r.bulk(new byte[0]));
        assertBoth("$2\r\n\u00c3\u00a9\r\n", r -> r.bulk("\u00e9"));
        assertBoth("$3\r\n-42\r\n", r -> r.bulkInteger(-42));
        assertBoth("*0\r\n", ReplyBuffer::emptyArray);
        assertBoth("*1025\r\n", r -> r.array(1025));
        assertBoth("bc", r -> r.raw(bytes("abcd"), 1, 2));
    }

    @Test
    void fallsBackToWhatResp2Has() {
        assertEncodes("$-1\r\n", "_\r\n", ReplyBuffer::nullBulk);
        assertEncodes("*-1\r\n", "_\r\n", ReplyBuffer::nullArray);
        assertEncodes("*4\r\n", "%2\r\n", r -> r.map(2));
        assertEncodes("*2\r\n", "~2\r\n", r -> r.set(2));
        assertEncodes("*2\r\n", ">2\r\n", r -> r.push(2));
        assertEncodes(
                ":1\r\n:0\r\n",
                "#t\r\n#f\r\n",
                r -> {
                    r.bool(true);
                    r.bool(false);
                });
        assertEncodes("$4\r\n3.25\r\n", ",3.25\r\n", r -> r.doubleValue(3.25));
        assertEncodes(
                "$24\r\n-2.2250738585072014e-308\r\n",
                ",-2.2250738585072014e-308\r\n",
                r -> r.doubleValue(-Double.MIN_NORMAL));
        assertEncodes("$3\r\ninf\r\n", ",inf\r\n", r -> r.doubleValue(Double.POSITIVE_INFINITY));
        assertEncodes("$4\r\n-inf\r\n", ",-inf\r\n", r -> r.doubleValue(Double.NEGATIVE_INFINITY));
        assertEncodes("$3\r\nnan\r\n", ",nan\r\n", r -> r.doubleValue(Double.NaN));
        assertEncodes("$2\r\n17\r\n", "(17\r\n", r -> r.bigNumber("17"));
        assertEncodes(
                "$4\r\ntext\r\n", "=8\r\ntxt:text\r\n", r -> r.verbatim("txt", bytes("text")));
    }

    @Test
    void attributesNeedResp3() {
        ReplyBuffer resp3 = new ReplyBuffer(16);
        resp3.protocol(3);
        resp3.attribute(1);
        assertEquals("|1\r\n", resp3.toString());
        assertThrows(IllegalStateException.class, () -> new ReplyBuffer(16).attribute(1));
    }

    @Test
    void fillsInDeferredLengths() {
        assertEncodes(
                "*2\r\n*4\r\n:1\r\n:2\r\n*0\r\n*1\r\n:3\r\n+OK\r\n",
                "*2\r\n%2\r\n:1\r\n:2\r\n~0\r\n>1\r\n:3\r\n+OK\r\n",
                r -> {
                    int array = r.deferArray();
                    int map = r.deferMap();
                    r.integer(1);
                    r.integer(2);
                    int set = r.deferSet();
                    r.endSet(set, 0);
                    int push = r.deferPush();
                    r.integer(3);
                    r.endPush(push, 1);
                    r.endMap(map, 2);
                    r.endArray(array, 2);
                    r.ok();
                });
    }

    @Test
    void truncatesAReplyThatWasStarted() {
        ReplyBuffer reply = new ReplyBuffer(16);
        reply.ok();
        long written = reply.written();
        int position = reply.position();
        reply.deferArray();
        reply.bulk("half a reply");
        assertTrue(reply.written() > written);
        reply.truncate(position);
        reply.error(ErrorReplies.SYNTAX);
        assertEquals("+OK\r\n-ERR syntax error\r\n", reply.toString());
    }

    @Test
    void spillsInOrderAndBigBulksDirectly() {
        StringBuilder sent = new StringBuilder();
        List<byte[]> arrays = new ArrayList<>();
        ReplyBuffer reply =
                new ReplyBuffer(
                        16,
                        (array, offset, length) -> {
                            arrays.add(array);
                            sent.append(
                                    new String(array, offset, length, StandardCharsets.ISO_8859_1));
                        });
        reply.ok();
        byte[] big = bytes("x".repeat(ReplyBuffer.DIRECT_BULK_BYTES + 1));
        reply.bulk(big);
        reply.integer(7);
        assertSame(big, arrays.get(1));
        assertEquals(reply.written(), sent.length() + reply.length());
        reply.flush();
        assertEquals("+OK\r\n$16385\r\n" + "x".repeat(16385) + "\r\n:7\r\n", sent.toString());

        int spills = arrays.size();
        int mark = reply.deferArray();
        for (int i = 0; i < 10; i++) {
            reply.bulk(big);
        }
        assertEquals(spills, arrays.size());
        reply.endArray(mark, 10);
        assertEquals(spills + 1, arrays.size());
        assertEquals(0, reply.length());

        for (int i = 0; i < ReplyBuffer.SPILL_BYTES / 5 + 1; i++) {
            reply.ok();
        }
        assertEquals(spills + 2, arrays.size());
        assertEquals(reply.written(), sent.length() + reply.length());
        assertEquals(reply.spilled(), sent.length());
    }

    @Test
    void givesAHugeArrayBackOnClear() {
        ReplyBuffer reply = new ReplyBuffer(64);
        reply.bulk(new byte[1 << 20]);
        assertTrue(reply.array().length > 1 << 20);
        long written = reply.written();
        reply.clear();
        assertEquals(64, reply.array().length);
        assertEquals(written, reply.written());
    }

    private static void assertBoth(String expected, Consumer<ReplyBuffer> encode) {
        assertEncodes(expected, expected, encode);
    }

    private static void assertEncodes(String resp2, String resp3, Consumer<ReplyBuffer> encode) {
        ReplyBuffer reply = new ReplyBuffer(1);
        encode.accept(reply);
        assertEquals(resp2, reply.toString());
        reply.clear();
        reply.protocol(3);
        encode.accept(reply);
        assertEquals(resp3, reply.toString());
    }
}
