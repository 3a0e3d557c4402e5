package dev.lockstep.server.command;

import dev.lockstep.server.command.KeySpec.Index;
import dev.lockstep.server.command.KeySpec.Range;
import java.util.List;

/**
 * Where a command's keys stand as clients from before key specifications know it: the first, the last and the step.
 *
 * <p>Derived as Redis derives it: ranges at fixed places, one behind the other, are one range; whatever else there is
 * makes the keys movable, which says that this range is not the whole truth.
 *
 * @param first the first key's argument, 0 if there is none to name
 * @param last the last key's argument; negative counts from the end
 * @param step from one key to the next
 * @param movable whether there may be keys elsewhere
 */
record KeyRange(int first, int last, int step, boolean movable) {
    static KeyRange of(List<KeySpec> specs) {
        if (specs.isEmpty()) {
            return new KeyRange(0, 0, 0, false);
        }
        if (specs.size() == 1
                && specs.get(0).begin() instanceof Index index
                && specs.get(0).find() instanceof Range range) {
            return new KeyRange(
                    index.position(),
                    absolute(index, range),
                    range.step(),
                    specs.get(0).isIncomplete());
        }
        return joined(specs);
    }

    private static int absolute(Index index, Range range) {
        return range.lastKey() < 0 ? range.lastKey() : index.position() + range.lastKey();
    }

    private static KeyRange joined(List<KeySpec> specs) {
        int first = 0;
        int last = 0;
        boolean movable = false;
        for (KeySpec spec : specs) {
            if (!(spec.begin() instanceof Index index)
                    || !(spec.find() instanceof Range range)
                    || range.step() != 1
                    || last != 0 && last != index.position() - 1) {
                movable = true;
                continue;
            }
            movable |= spec.isIncomplete();
            first = first == 0 ? index.position() : Math.min(first, index.position());
            int end = absolute(index, range);
            last = Integer.compareUnsigned(end, last) > 0 ? end : last;
        }
        return first == 0 ? new KeyRange(0, 0, 0, true) : new KeyRange(first, last, 1, movable);
    }
}
