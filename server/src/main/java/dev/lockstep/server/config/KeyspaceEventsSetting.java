package dev.lockstep.server.config;

import java.util.List;

/**
 * The directive {@code notify-keyspace-events}: which events are published, and on which of two kinds of channels. Bit n
 * of a value stands for the n-th character of {@link #LETTERS}.
 */
public final class KeyspaceEventsSetting extends ReferenceSetting<Integer> {
    /** In the order in which they are written. */
    private static final String LETTERS = "g$lshzxetdnKEm";

    /** What {@code A} stands for: every class but key misses and new keys. */
    private static final int ALL = (1 << LETTERS.indexOf('n')) - 1;

    /** Events are published on the channel of their key. */
    public static final int KEYSPACE_CHANNELS = bit('K');

    /** Events are published on a channel of their own, which tells the key. */
    public static final int EVENT_CHANNELS = bit('E');

    KeyspaceEventsSetting(String name, Trait... traits) {
        super(name, 0, traits);
    }

    /** The bits of the classes and of the kinds of channels; 0 if nothing is published. */
    public int mask() {
        int mask = value();
        return (mask & (KEYSPACE_CHANNELS | EVENT_CHANNELS)) == 0 ? 0 : mask;
    }

    static int bit(char letter) {
        return 1 << LETTERS.indexOf(letter);
    }

    @Override
    Integer parse(List<String> arguments) throws InvalidValueException {
        int mask = 0;
        for (char c : arguments.get(0).toCharArray()) {
            if (c != 'A' && LETTERS.indexOf(c) < 0) {
                throw new InvalidValueException(
                        "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
            }
            mask |= c == 'A' ? ALL : bit(c);
        }
        return mask;
    }

    @Override
    String format(Integer value) {
        boolean all = (value & ALL) == ALL;
        StringBuilder text = new StringBuilder(all ? "A" : "");
        for (char c : LETTERS.toCharArray()) {
            boolean inAll = all && LETTERS.indexOf(c) <= LETTERS.indexOf('n');
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
