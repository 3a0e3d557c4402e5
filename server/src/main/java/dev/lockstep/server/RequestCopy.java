package dev.lockstep.server;

import dev.lockstep.protocol.Request;

/** Copies requests that outlive the input they arrived in: those that are queued by MULTI, and those of blocked clients. */
final class RequestCopy {
    private RequestCopy() {}

    /** The same arguments in an array of their own. */
    static Request of(Request request) {
        byte[] array = new byte[argumentBytes(request)];
        Request copy = new Request();
        copy.set(array);
        int at = 0;
        for (int i = 0; i < request.argc(); i++) {
            int length = request.length(i);
            System.arraycopy(request.array(), request.offset(i), array, at, length);
            copy.add(at, length);
            at += length;
        }
        return copy;
    }

    /** How many bytes all arguments have together. */
    static int argumentBytes(Request request) {
        int bytes = 0;
        for (int i = 0; i < request.argc(); i++) {
            bytes += request.length(i);
        }
        return bytes;
    }
}
