package dev.lockstep.server.script;

import dev.lockstep.server.command.Flag;
import java.util.List;

/** What a script or a function says of itself; the bits are Redis'. */
final class ScriptFlags {
    static final int NO_WRITES = 1;
    static final int ALLOW_OOM = 2;
    static final int ALLOW_STALE = 4;
    static final int NO_CLUSTER = 8;

    /** A script that says nothing of itself: each of its commands is judged on its own. */
    static final int UNDECLARED = 16;

    static final int ALLOW_CROSS_SLOT_KEYS = 32;

    private static final List<String> NAMES =
            List.of(
                    "no-writes",
                    "allow-oom",
                    "allow-stale",
                    "no-cluster",
                    "",
                    "allow-cross-slot-keys");

    private static final long DECIDED_BY_SCRIPT =
            Flag.STALE.bit() | Flag.DENYOOM.bit() | Flag.WRITE.bit() | Flag.MAY_REPLICATE.bit();

    private ScriptFlags() {}

    /** The flags of a command that calls a script with these flags: what the script says of itself counts. */
    static long ofCommand(int flags, long declared) {
        if ((flags & UNDECLARED) != 0) {
            return declared;
        }
        long mask = declared & ~DECIDED_BY_SCRIPT;
        if ((flags & NO_WRITES) == 0) {
            mask |= Flag.WRITE.bit();
            if ((flags & ALLOW_OOM) == 0) {
                mask |= Flag.DENYOOM.bit();
            }
        }
        if ((flags & ALLOW_STALE) != 0) {
            mask |= Flag.STALE.bit();
        }
        return mask;
    }

    /** The bit of a flag, or 0 if there is none of that name. */
    static int bit(String name) {
        int index = name.isEmpty() ? -1 : NAMES.indexOf(name);
        return index < 0 ? 0 : 1 << index;
    }

    /** The names of the flags that are set. */
    static List<String> names(int flags) {
        return NAMES.stream().filter(name -> (flags & bit(name)) != 0).toList();
    }
}
