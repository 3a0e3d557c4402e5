package dev.lockstep.server.command;

import dev.lockstep.keyspace.StreamGroup;
import dev.lockstep.keyspace.StreamValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Finds consumer groups and consumers that commands name, and makes consumers that are not there yet. */
final class StreamGroups {
    /** A group or a consumer, with its name. */
    record Named(byte[] name, int part) {}

    private final StringValue name = new StringValue();

    /** Opens the group that an argument names; false if there is no such stream or group. */
    boolean open(Call call, int cell, int groupArg, StreamValue stream, StreamGroup group) {
        Request args = call.args();
        int found =
                cell == 0
                        ? 0
                        : stream.open(call.db(), cell)
                                .findGroup(
                                        args.array(), args.offset(groupArg), args.length(groupArg));
        if (found != 0) {
            group.open(stream, found);
        }
        return found != 0;
    }

    /** The error that there is no such stream or group, in the words of most commands. */
    static CommandException missing(Call call, int keyArg, int groupArg, String behind) {
        return new CommandException(
                "NOGROUP No such key '"
                        + call.args().text(keyArg)
                        + "' or consumer group '"
                        + call.args().text(groupArg)
                        + "'"
                        + behind);
    }

    /** The error that there is no such group, in the words of XGROUP and XINFO. */
    static CommandException missingGroup(Call call, int keyArg, int groupArg) {
        return new CommandException(
                "NOGROUP No such consumer group '"
                        + call.args().text(groupArg)
                        + "' for key name '"
                        + call.args().text(keyArg)
                        + "'");
    }

    /** The consumer that an argument names, or 0. */
    static int find(Call call, StreamGroup group, int arg) {
        Request args = call.args();
        return group.findConsumer(args.array(), args.offset(arg), args.length(arg));
    }

    /** Makes the consumer that was looked for last and is not there. */
    static int create(Call call, StreamGroup group, int keyArg, int arg) {
        Request args = call.args();
        int consumer =
                group.addConsumer(
                        args.array(),
                        args.offset(arg),
                        args.length(arg),
                        call.now(),
                        StreamGroup.NEVER);
        call.changed(1);
        call.event(EventClass.STREAM, "xgroup-createconsumer", keyArg);
        return consumer;
    }

    /** The consumer that an argument names, seen now; it is made if it is not there. */
    static int findOrCreate(Call call, StreamGroup group, int keyArg, int arg) {
        int found = find(call, group, arg);
        return found != 0 ? group.setSeen(found, call.now()) : create(call, group, keyArg, arg);
    }

    /** All groups of a stream, by name. */
    List<Named> all(StreamValue stream) {
        List<Named> parts = new ArrayList<>();
        stream.eachGroup(part -> parts.add(named(stream, part)));
        return sorted(parts);
    }

    /** All consumers of a group, by name. */
    List<Named> consumers(StreamValue stream, StreamGroup group) {
        List<Named> parts = new ArrayList<>();
        group.eachConsumer(part -> parts.add(named(stream, part)));
        return sorted(parts);
    }

    private Named named(StreamValue stream, int part) {
        stream.readName(part, name);
        return new Named(
                Arrays.copyOfRange(name.array(), name.offset(), name.offset() + name.length()),
                part);
    }

    private static List<Named> sorted(List<Named> parts) {
        parts.sort((one, other) -> Arrays.compareUnsigned(one.name(), other.name()));
        return parts;
    }
}
