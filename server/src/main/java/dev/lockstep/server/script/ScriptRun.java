package dev.lockstep.server.script;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.ChangeStream;
import dev.lockstep.server.Client;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.Command;

/** The script that is running: for whom, what it may do, and what it has done. Executor only. */
final class ScriptRun {
    final Client client;

    /** What was called: a script's digest, or a function's name. */
    final String name;

    final boolean isFunction;
    final boolean readOnly;
    final boolean allowOom;

    /** Whether memory was short already when it began. */
    final boolean beganShortOfMemory;

    final long startedNanos = System.nanoTime();
    final int database;

    /** The protocol in which its calls are answered. */
    int protocol = 2;

    /** Whom what it changes is told, as {@link ChangeStream#tell} takes it. */
    int changesTo = ChangeStream.TO_ALL;

    boolean wrote;

    /** Whether the keys that it was called with are tracked for the client. */
    boolean tracked;

    boolean killed;

    /** It has held more of Lua's memory than it may. */
    boolean tookTooMuch;

    /** It runs for so long that others are told that the server is busy. */
    boolean busy;

    /** The command and the request that called it; the latter only while it runs. */
    final Command command;

    final Request request;

    ScriptRun(
            String name,
            boolean isFunction,
            boolean readOnly,
            boolean allowOom,
            boolean beganShortOfMemory,
            Call call) {
        client = call.client();
        command = call.command();
        request = call.args();
        this.name = name;
        this.isFunction = isFunction;
        this.readOnly = readOnly;
        this.allowOom = allowOom;
        this.beganShortOfMemory = beganShortOfMemory;
        database = client.database;
    }

    long elapsedMillis() {
        return (System.nanoTime() - startedNanos) / 1_000_000;
    }
}
