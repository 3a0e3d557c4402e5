package dev.lockstep.server.config;

import java.util.List;

/**
 * The directive {@code notify-keyspace-events}: one bit per event class. Bit n stands for the n-th character of
 * {@link #CLASSES}.
 */
public final class KeyspaceEventsSetting extends ReferenceSetting<Integer> {
    /** The classes in the order in which they are written. */
    static final String CLASSES = "g$lshzxetdnKEm";

    /** What {@code A} stands for: every class but key misses and new keys. */
    private static final int ALL = (1 << CLASSES.indexOf('n')) - 1;

    KeyspaceEventsSetting(String name, Trait... traits) {
        super(name, 0, traits);
    }

    /** Whether events of the class are published. */
    public boolean contains(char eventClass) {
        return (value() & bit(eventClass)) != 0;
    }

    private static int bit(char eventClass) {
        return 1 << CLASSES.indexOf(eventClass);
    }

    @Override
    Integer parse(List<String> arguments) throws InvalidValueException {
        int classes = 0;
        for (char c : arguments.get(0).toCharArray()) {
            if (c != 'A' && CLASSES.indexOf(c) < 0) {
                throw new InvalidValueException(
                        "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
            }
            classes |= c == 'A' ? ALL : bit(c);
        }
        return classes;
    }

    @Override
    String format(Integer value) {
        boolean all = (value & ALL) == ALL;
        StringBuilder text = new StringBuilder(all ? "A" : "");
        for (char c : CLASSES.toCharArray()) {
            boolean inAll = all && CLASSES.indexOf(c) <= CLASSES.indexOf('n');
            if ((value & bit(c)) != 0 && !inAll) {
                text.append(c);
            }
        }
        return text.toString();
    }

    @Override
    String formatForFile(Integer value) {
        return Quoting.quote(format(value));
    }
}
