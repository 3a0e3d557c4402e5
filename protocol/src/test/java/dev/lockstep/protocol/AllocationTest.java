package dev.lockstep.protocol;

import static dev.lockstep.protocol.Recorded.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class AllocationTest {
    private static final int ITERATIONS = 100_000;

    private final byte[] input =
            bytes(
                    "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000001\r\n$64\r\n"
                            + "v".repeat(64)
                            + "\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*4\r\n$4\r\nZADD\r\n$1\r\nz\r\n$5\r\n12.25\r\n$1\r\nm\r\n"
                            + "*12\r\n"
                            + "$1\r\nx\r\n".repeat(12)
                            + "GET key\r\n");
    private final byte[] set = bytes("set");
    private final RequestParser parser = new RequestParser();
    private final Request request = new Request();
    private final ReplyBuffer reply = new ReplyBuffer(1024, (array, offset, length) -> {});
    private final RequestEncoder stream = new RequestEncoder(1024);
    private long checksum;

    @Test
    void parsingAndEncodingAllocateNothing() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        run(ITERATIONS);
        long before = threads.getCurrentThreadAllocatedBytes();
        run(ITERATIONS);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(
                allocated < ITERATIONS,
                () -> allocated + " bytes in " + ITERATIONS + " rounds of 5 requests");
        assertEquals(2L * ITERATIONS * 5, checksum);
    }

    private void run(int iterations) throws ProtocolException {
        for (int i = 0; i < iterations; i++) {
            int start = 0;
            int arrived = i % input.length;
            while (start < input.length) {
                if (!parser.parse(input, start, arrived, request)) {
                    arrived = input.length;
                    continue;
                }
                start = parser.next();
                arrived = Math.max(arrived, start);
                execute(i);
            }
            reply.clear();
            stream.clear();
        }
    }

    private void execute(int i) {
        checksum++;
        if (request.is(0, set)) {
            reply.ok();
            stream.request(request);
        } else if (request.argc() == 4) {
            reply.doubleValue(request.doubleAt(2) + i * 0.001);
        } else if (request.argc() == 12) {
            int mark = reply.deferArray();
            for (int k = 0; k < request.argc(); k++) {
                reply.bulk(request.array(), request.offset(k), request.length(k));
            }
            reply.endArray(mark, request.argc());
        } else if (request.length(0) == 4) {
            reply.integer(i * 12345L);
            stream.begin(2).arg(request, 0).arg(i);
        } else {
            reply.error(ErrorReplies.WRONGTYPE);
        }
    }
}
