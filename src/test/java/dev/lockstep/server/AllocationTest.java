package dev.lockstep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.net.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * In the steady state a command allocates nothing, from the bytes that arrive to the bytes that leave.
 *
 * <p>A connection without a socket is fed on the executor's own thread with pipelines of many commands, as a socket would
 * feed it, and that thread's allocation counter is read around them. A command may cost less than one byte on average,
 * which is what is left for Netty's bookkeeping of the buffers of a whole pipeline. Not among them are GEOSEARCH and
 * its kin, which collect what they find, to put it in order, as an object each, GEODIST and GEOPOS, whose numbers are made
 * by BigDecimal, and XGROUP DESTROY, as removing any big value, since what gives the memory back in slices is an object.
 */
class AllocationTest {
    private static final int COMMANDS = 100_000;
    private static final int PIPELINE = 2_000;
    private static final int KEYS = 100;
    private static final String VALUE = "v".repeat(64);

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private LockstepServer server;
    private EmbeddedChannel channel;

    @BeforeEach
    void start() throws Exception {
        server = new LockstepServer(new Configuration());
        channel = onExecutor(this::connect);
    }

    private EmbeddedChannel connect() {
        EmbeddedChannel socket = new EmbeddedChannel();
        socket.pipeline().addLast(new Connection(server.executor(), socket, true).events());
        socket.pipeline().fireChannelActive();
        return socket;
    }

    @AfterEach
    void stop() throws Exception {
        server.loop().parent().shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    @TestFactory
    Stream<DynamicTest> commandsAllocateNothing() {
        return Stream.of(
                steady("+OK", "SET s:# " + VALUE),
                steady("$64 " + VALUE, "GET s:#"),
                steady("$-1", "GET none:#"),
                steady("+OK", "SET i:# 12345"),
                steady("$5 12345", "GET i:#"),
                steady("+OK +OK", "SET t:# " + VALUE + " PX 1000000", "SET t:# " + VALUE),
                steady("+OK :11 :10", "SET n:# 10", "INCR n:#", "DECRBY n:# 1"),
                steady("+OK", "MSET s:# " + VALUE + " m:# 1 k:# abc"),
                steady("*3 $1 1 $3 abc $-1", "MGET m:# k:# none:#"),
                steady("+OK :66 :70", "SET a:# " + VALUE, "APPEND a:# ab", "APPEND a:# cdef"),
                steady(
                        "+OK :64 $4 vabv",
                        "SET r:# " + VALUE,
                        "SETRANGE r:# 9 ab",
                        "GETRANGE r:# 8 11"),
                steady(
                        ":0 :1 :1 :0",
                        "SETBIT b:# 77 1",
                        "SETBIT b:# 77 0",
                        "SETBIT c:# 7 1",
                        "GETBIT c:# 9"),
                steady(":64 :1", "STRLEN s:#", "BITCOUNT c:#"),
                steady(":0 :0", "PUBLISH ch:# " + VALUE, "SPUBLISH ch:# " + VALUE),
                steady(":0 :2 :2", "PFADD p:# a b", "PFCOUNT p:#", "PFCOUNT p:# q:#"),
                steady(
                        ":1 :1 :0 :1 :1 +OK",
                        "DEL p:#",
                        "PFADD p:# a",
                        "PFADD p:# a",
                        "PFADD p:# b",
                        "DEL q:#",
                        "PFMERGE q:# p:#"),
                steady(
                        ":1 :2 $3 abc $2 12",
                        "LPUSH l:# abc",
                        "RPUSH l:# 12",
                        "LPOP l:#",
                        "RPOP l:#"),
                steady(
                        ":1 :2 *2 $3 abc $3 abc $3 abc :2",
                        "LPUSH lr:# abc",
                        "RPUSHX lr:# abc",
                        "LRANGE lr:# 0 -1",
                        "LINDEX lr:# -1",
                        "LREM lr:# 0 abc"),
                steady(
                        ":1 +OK :2 +OK *1 $3 abc",
                        "RPUSH ls:# 1",
                        "LSET ls:# 0 abc",
                        "LINSERT ls:# AFTER abc d",
                        "LTRIM ls:# 0 0",
                        "LPOP ls:# 5"),
                steady(
                        ":1 $3 abc $3 abc *2 $6 lq:000 *1 $3 abc",
                        "RPUSH lp:# abc",
                        "LMOVE lp:# lq:# LEFT RIGHT",
                        "RPOPLPUSH lq:# lq:#",
                        "LMPOP 1 lq:# LEFT"),
                steady(":1 :2 :3 $3 abc :1 $3 abc $2 12 :2", listOfBlocks()),
                steady(":0 :1 :0", "SADD set:# abc", "SISMEMBER set:# abc", "SISMEMBER set:# x"),
                steady(":1 :2 :1", "SADD set:# 77", "SCARD set:#", "SREM set:# 77"),
                steady(":1 :0 :1", "SADD int:# 100000", "SADD int:# 5", "SREM int:# 100000"),
                steady(":1 $3 abc", "SADD pop:# abc", "SPOP pop:#"),
                steady(":1 $6 100000", "SADD ipop:# 100000", "SPOP ipop:#"),
                steady(
                        ":0 :1 :1 :1 :0",
                        "SADD big " + VALUE + "v#",
                        "SISMEMBER big " + VALUE + "v#",
                        "SADD big m#",
                        "SREM big m#",
                        "SISMEMBER big m#"),
                steady("*2 :1 :0 *1 $3 abc", "SMISMEMBER set:# abc x", "SMEMBERS set:#"),
                steady(":0 $3 abc :1", "HSET h:# f abc g 12", "HGET h:# f", "HEXISTS h:# g"),
                steady(":1 :1 :0", "HSET d:# f abc", "HDEL d:# f", "HLEN d:#"),
                steady(
                        "*2 $1 1 $-1 *2 $1 f $1 1",
                        "HMGET hp:# f g",
                        "HGETALL hp:#",
                        "HSET hp:# f 1"),
                steady(":0 :1 :-1", "HSET n:h# f 0", "HINCRBY n:h# f 1", "HINCRBY n:h# f -2"),
                steady(
                        ":0 $65 " + VALUE + "v :1 :1",
                        "HSET table f# " + VALUE + "v",
                        "HGET table f#",
                        "HSET table g# 1",
                        "HDEL table g#"),
                steady(
                        ":0 $1 5 :0 :1 :1",
                        "ZADD z:# 5 abc",
                        "ZSCORE z:# abc",
                        "ZRANK z:# abc",
                        "ZCOUNT z:# (1 5",
                        "ZLEXCOUNT z:# [a (b"),
                steady(
                        "*2 $3 abc $1 5 *1 $3 abc *1 $3 abc",
                        "ZRANGE z:# 0 -1 WITHSCORES",
                        "ZRANGEBYSCORE z:# (1 +inf LIMIT 0 10",
                        "ZREVRANGEBYLEX z:# + [a",
                        "ZADD z:# 5 abc"),
                steady(
                        ":1 *2 $3 abc $19 0.12345678901234568",
                        "ZADD zp:# 0.12345678901234568 abc",
                        "ZPOPMIN zp:#"),
                steady(":0 $4 10.5", "ZADD zi:# 10 abc", "ZINCRBY zi:# 0.5 abc"),
                steady(
                        ":0 :1 $4 1.25 $4 2.25 :1",
                        "ZADD zbig 5 " + VALUE + "v#",
                        "ZADD zbig 1.25 m#",
                        "ZSCORE zbig m#",
                        "ZINCRBY zbig 1 m#",
                        "ZREM zbig m#"),
                steady(
                        ":0 :1 *2 $4 m000 $1 1",
                        "ZADD zpop 5 " + VALUE + "v",
                        "ZADD zpop 1 m#",
                        "ZPOPMIN zpop"),
                steady(
                        ":1 *1 :1 :1 *1 :1",
                        "HSETEX x:# PX 1000000 FIELDS 1 f v",
                        "HPERSIST x:# FIELDS 1 f",
                        "HEXISTS x:# f",
                        "HPEXPIRE x:# 1000000 FIELDS 1 f"),
                steady(
                        "$3 5-5 :1 *1 *2 $3 5-5 *2 $1 f $1 v :1 +OK",
                        "XADD st:# 5-5 f v",
                        "XLEN st:#",
                        "XRANGE st:# - +",
                        "XTRIM st:# MAXLEN 0",
                        "XSETID st:# 1-1"),
                steadyAfter(
                        "XGROUP CREATE sg:# g 0 MKSTREAM",
                        "$3 5-5 +OK *1 *2 $6 sg:000 *1 *2 $3 5-5 *2 $1 f $1 v :1 :1 +OK :0 :0",
                        "XADD sg:# 5-5 f v",
                        "XGROUP SETID sg:# g 0",
                        "XREADGROUP GROUP g c COUNT 10 STREAMS sg:# >",
                        "XACK sg:# g 5-5",
                        "XTRIM sg:# MAXLEN 0",
                        "XSETID sg:# 1-1",
                        "XLEN sg:#",
                        "XACK sg:# g 5-5"),
                steady(
                        "$3 5-5 *1 *2 $6 sr:000 *1 *2 $3 5-5 *2 $1 f $1 v *1 *2 $3 5-5 *2 $1 f $1 v :1 +OK",
                        "XADD sr:# 5-5 f v",
                        "XREAD COUNT 10 STREAMS sr:# 0",
                        "XREVRANGE sr:# + -",
                        "XTRIM sr:# MAXLEN 0",
                        "XSETID sr:# 1-1"),
                steady(
                        ":0 *2 $1 f $65 " + VALUE + "v",
                        "HSET hb:# f " + VALUE + "v",
                        "HGETALL hb:#"),
                steady(":0 *1 $65 " + VALUE + "v", "SADD sb:# " + VALUE + "v", "SMEMBERS sb:#"),
                steady(
                        ":0 *2 $65 " + VALUE + "v $1 5 *1 $65 " + VALUE + "v",
                        "ZADD zb:# 5 " + VALUE + "v",
                        "ZRANGE zb:# 0 -1 WITHSCORES",
                        "ZRANGEBYSCORE zb:# (1 5 LIMIT 0 10"),
                steady(
                        ":0 :0 *2 $1 2 $1 3 :2 *3 $1 1 $1 2 $1 3 :1",
                        "SADD ia:# 1 2 3",
                        "SADD ib:# 2 3 4",
                        "SINTER ia:# ib:#",
                        "SINTERCARD 2 ia:# ib:#",
                        "SMEMBERS ia:#",
                        "SISMEMBER ib:# 4"),
                steady("*4 $1 1 $1 2 $1 3 $1 4", "SUNION ia:# ib:#"),
                steady("*1 $1 1 *1 :1", "SDIFF ia:# ib:#", "SMISMEMBER ia:# 1"),
                steady(
                        ":2 :4 :1",
                        "SINTERSTORE ic:# ia:# ib:#",
                        "SUNIONSTORE ic:# ia:# ib:#",
                        "SDIFFSTORE ic:# ia:# ib:#"),
                steady(":0", "GEOADD g:# 13.361389 38.115556 Palermo"));
    }

    /** Commands on a list that is too big for one listpack; only the first of many is long. */
    private static String[] listOfBlocks() {
        List<String> commands = new ArrayList<>();
        commands.add("RPUSH lbig " + "v".repeat(9_000));
        for (int i = 0; i < 6; i++) {
            commands.add("LPUSH lbig 12");
            commands.add("RPUSH lbig abc");
            commands.add("LMOVE lbig lbig RIGHT LEFT");
            commands.add("LPOS lbig 12");
            commands.add("LPOP lbig");
            commands.add("LPOP lbig");
        }
        commands.add("LRANGE lbig 1 3");
        commands.add("LLEN lbig");
        commands.add("RPOP lbig");
        return commands.toArray(String[]::new);
    }

    private DynamicTest steady(String replies, String... commands) {
        return DynamicTest.dynamicTest(
                String.join(", ", commands), () -> onExecutor(() -> measure(replies, commands)));
    }

    /** {@link #steady} for what needs something that one command makes for each key beforehand. */
    private DynamicTest steadyAfter(String preparation, String replies, String... commands) {
        return DynamicTest.dynamicTest(
                String.join(", ", commands),
                () ->
                        onExecutor(
                                () -> {
                                    feed(pipeline(preparation), null);
                                    return measure(replies, commands);
                                }));
    }

    /** Feeds the commands, each with '#' replaced by a number, until the replies are those of the steady state. */
    private Void measure(String replies, String... commands) {
        ByteBuf pipeline = pipeline(commands);
        feed(pipeline, null);
        feed(pipeline, replies.replace(" ", "\r\n") + "\r\n");
        int rounds = COMMANDS / PIPELINE;
        for (int i = 0; i < rounds; i++) {
            feed(pipeline, null);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < rounds; i++) {
            feed(pipeline, null);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < COMMANDS, () -> allocated + " bytes by " + COMMANDS + " commands");
        return null;
    }

    private static ByteBuf pipeline(String... commands) {
        RequestEncoder requests = new RequestEncoder(64 * 1024);
        for (int i = 0; i < PIPELINE; i++) {
            int key = i / commands.length % KEYS;
            List<String> words = List.of(commands[i % commands.length].split(" "));
            requests.begin(words.size());
            words.forEach(word -> requests.arg(word.replace("#", String.format("%03d", key))));
        }
        return Unpooled.copiedBuffer(requests.array(), 0, requests.length());
    }

    /** Feeds a pipeline and drops what comes back, having compared it with the replies to one set of commands if given. */
    private void feed(ByteBuf pipeline, String replies) {
        channel.pipeline().fireChannelRead(pipeline.retain().readerIndex(0));
        channel.pipeline().fireChannelReadComplete();
        server.executor().pendingReads().run();
        StringBuilder output = replies == null ? null : new StringBuilder();
        ByteBuf sent;
        while ((sent = channel.readOutbound()) != null) {
            if (output != null) {
                output.append(sent.toString(StandardCharsets.ISO_8859_1));
            }
            sent.release();
        }
        if (output != null) {
            assertEquals(replies, output.substring(0, Math.min(replies.length(), output.length())));
            assertEquals(-1, output.indexOf("-ERR"), "an error among the replies");
        }
    }

    private <T> T onExecutor(Callable<T> task) throws Exception {
        return server.loop().submit(task).get(60, TimeUnit.SECONDS);
    }
}
