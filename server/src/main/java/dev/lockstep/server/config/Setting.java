package dev.lockstep.server.config;

import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/**
 * One directive: its name, its current value, and how that value is read from text and written as text.
 *
 * <p>Thread: only the executor changes a value once the server runs; any thread may read one, since values are
 * volatile. Reading allocates nothing.
 *
 * @param <V> the value, immutable
 */
public abstract class Setting<V> {
    private final String name;
    private final Trait[] traits;
    private final Set<Trait.Flag> flags = EnumSet.noneOf(Trait.Flag.class);
    private Supplier<String> listener;

    Setting(String name, Trait... traits) {
        this.name = name;
        this.traits = traits;
        for (Trait trait : traits) {
            if (trait instanceof Trait.Flag flag) {
                flags.add(flag);
            }
        }
    }

    /** A line that stands for a value in a configuration file; not forced if the default says the same. */
    record Line(String arguments, boolean forced) {}

    abstract V value();

    abstract void assign(V value);

    abstract V defaultValue();

    /** Reads a value; {@code arguments} holds exactly one unless {@link #takesSeveralArguments}. */
    abstract V parse(List<String> arguments) throws InvalidValueException;

    /** The value as CONFIG GET answers it. */
    abstract String format(V value);

    boolean takesSeveralArguments() {
        return false;
    }

    /** The lines that stand for the current value in a file; none drops the directive from it. */
    List<Line> lines() {
        V value = value();
        return List.of(new Line(formatForFile(value), !value.equals(defaultValue())));
    }

    String formatForFile(V value) {
        return format(value);
    }

    /** Reads a value met in a configuration file or on the command line, where it may add to what was met before. */
    V parseAtStart(List<String> arguments) throws InvalidValueException {
        return parse(arguments);
    }

    /** The directive's name, lower-case. */
    public final String name() {
        return name;
    }

    /** The value as CONFIG GET answers it, one byte per character. */
    public final String text() {
        return format(value());
    }

    /**
     * Sets what to do after CONFIG SET changed the value: called on the executor, once all values of the command are
     * set. Returning a text refuses the change: every value of the command goes back to what it was, and the listeners
     * that had run are called again. A listener given to several settings runs once per command. A setting has one
     * listener.
     *
     * @param applied returns null if the new value is in effect, else the reason of the refusal
     */
    public final void onChange(Supplier<String> applied) {
        if (listener != null) {
            throw new IllegalStateException(name + " has a listener already");
        }
        listener = Objects.requireNonNull(applied);
    }

    /** The default as CONFIG GET would answer it. */
    final String formatDefault() {
        return format(defaultValue());
    }

    final Supplier<String> listener() {
        return listener;
    }

    final boolean is(Trait.Flag flag) {
        return flags.contains(flag);
    }

    /** Whether the value must not reach SLOWLOG, MONITOR or a log. */
    public final boolean isSensitive() {
        return is(Trait.Flag.SENSITIVE);
    }

    /** The trait of the given kind, or null. */
    final <T extends Trait> T trait(Class<T> kind) {
        for (Trait trait : traits) {
            if (kind.isInstance(trait)) {
                return kind.cast(trait);
            }
        }
        return null;
    }

    final String alias() {
        Trait.Alias alias = trait(Trait.Alias.class);
        return alias == null ? null : alias.name();
    }

    /** Reads and sets a value from a configuration file or the command line. */
    final void load(List<String> arguments) throws InvalidValueException {
        if (takesSeveralArguments()) {
            if (arguments.size() == 1 && !arguments.get(0).isEmpty()) {
                arguments = Quoting.split(arguments.get(0));
                if (arguments == null) {
                    throw new InvalidValueException(ConfigurationReader.UNBALANCED_QUOTES);
                }
            }
        } else if (arguments.size() != 1) {
            throw new InvalidValueException("wrong number of arguments");
        }
        assign(accepted(parseAtStart(arguments)));
    }

    /** Reads and sets a value as CONFIG SET gives it; returns whether it differs from the one before. */
    final boolean change(String text) throws InvalidValueException {
        V before = value();
        V after =
                accepted(
                        parse(
                                takesSeveralArguments()
                                        ? List.of(text.split(" ", -1))
                                        : List.of(text)));
        assign(after);
        return !after.equals(before);
    }

    private V accepted(V value) throws InvalidValueException {
        Trait.Refused refused = trait(Trait.Refused.class);
        if (refused != null && !format(value).equals(refused.onlyValue())) {
            throw new InvalidValueException(refused.text());
        }
        return value;
    }

    /** Remembers the current value; running the result brings it back. */
    final Runnable saved() {
        V value = value();
        return () -> assign(value);
    }
}
