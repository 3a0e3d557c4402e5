package dev.lockstep.server.command;

import dev.lockstep.protocol.ReplyBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** DEBUG PROTOCOL: a sample of each type of reply, for the tests of client libraries. */
final class DebugProtocol {
    private DebugProtocol() {}

    static void reply(Call call) {
        ReplyBuffer reply = call.reply();
        switch (call.args().text(2).toLowerCase(Locale.ROOT)) {
            case "string" -> reply.bulk("Hello World");
            case "integer" -> reply.integer(12345);
            case "double" -> reply.doubleValue(3.141);
            case "null" -> reply.nullBulk();
            case "array" -> {
                reply.array(3);
                integers(reply);
            }
            case "set" -> {
                reply.set(3);
                integers(reply);
            }
            case "map" -> map(reply);
            case "attrib" -> attribute(reply);
            case "push" -> push(reply);
            case "verbatim" ->
                    reply.verbatim(
                            "txt",
                            "This is a verbatim\nstring".getBytes(StandardCharsets.US_ASCII));
            case "bignum" -> reply.bigNumber("1234567999999999999999999999999999999");
            case "true" -> reply.bool(true);
            case "false" -> reply.bool(false);
            default ->
                    throw new CommandException(
                            "ERR Wrong protocol type name. Please use one of the following:"
                                    + " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
        }
    }

    private static void integers(ReplyBuffer reply) {
        for (int i = 0; i < 3; i++) {
            reply.integer(i);
        }
    }

    private static void map(ReplyBuffer reply) {
        reply.map(3);
        for (int i = 0; i < 3; i++) {
            reply.integer(i);
            reply.bool(i == 1);
        }
    }

    private static void attribute(ReplyBuffer reply) {
        if (reply.protocol() == 3) {
            reply.attribute(1);
            reply.bulk("key-popularity");
            reply.array(2);
            reply.bulk("key:123");
            reply.integer(90);
        }
        reply.bulk("Some real reply following the attribute");
    }

    private static void push(ReplyBuffer reply) {
        if (reply.protocol() == 2) {
            throw new CommandException("ERR RESP2 is not supported by this command");
        }
        reply.push(2);
        reply.bulk("server-cpu-usage");
        reply.integer(42);
        reply.bulk("Some real reply following the push reply");
    }
}
