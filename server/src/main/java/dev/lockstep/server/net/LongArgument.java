package dev.lockstep.server.net;

import dev.lockstep.protocol.RequestParser;
import io.netty.buffer.ByteBuf;

/** Looks at input that has just been read, before anything of it is parsed. */
final class LongArgument {
    private static final int DIGITS_MAX = 9;

    private LongArgument() {}

    /**
     * How many bytes the first request in an input lacks, if a long argument of it is incomplete; else 0. What is no request is for
     * the parser to refuse.
     */
    static int bytesMissing(ByteBuf input) {
        int end = input.writerIndex();
        int at = input.readerIndex();
        if (at == end || input.getByte(at) != '*') {
            return 0;
        }
        at = behindLine(input, at + 1, end);
        while (at >= 0 && at < end && input.getByte(at) == '$') {
            int line = behindLine(input, at + 1, end);
            if (line < 0) {
                return 0;
            }
            int length = number(input, at + 1, line - 2);
            at = line + length + 2;
            if (at > end) {
                return length >= RequestParser.LONG_ARGUMENT_BYTES ? at - end : 0;
            }
        }
        return 0;
    }

    /** Where the line ends that has a number in it, or -1 if it has none, or no end. */
    private static int behindLine(ByteBuf input, int from, int end) {
        int at = from;
        int last = Math.min(end, from + DIGITS_MAX);
        while (at < last && input.getByte(at) >= '0' && input.getByte(at) <= '9') {
            at++;
        }
        boolean ends =
                at > from
                        && at + 2 <= end
                        && input.getByte(at) == '\r'
                        && input.getByte(at + 1) == '\n';
        return ends ? at + 2 : -1;
    }

    private static int number(ByteBuf input, int from, int end) {
        int number = 0;
        for (int at = from; at < end; at++) {
            number = number * 10 + input.getByte(at) - '0';
        }
        return number;
    }
}
