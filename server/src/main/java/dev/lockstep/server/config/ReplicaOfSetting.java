package dev.lockstep.server.config;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * The directive {@code replicaof}. The configuration says whom to follow at start; after that REPLICAOF does, so CONFIG
 * GET and REWRITE show what the server says through {@link #follow}.
 */
public final class ReplicaOfSetting extends ReferenceSetting<MasterAddress> {
    private volatile Supplier<MasterAddress> runTime;

    ReplicaOfSetting(String name, Trait... traits) {
        super(name, null, traits);
    }

    /** The master to follow, or null. */
    public MasterAddress get() {
        return value();
    }

    /** From now on the master is what the supplier gives, null for none. Called once, before the server serves. */
    public void follow(Supplier<MasterAddress> current) {
        runTime = current;
    }

    @Override
    MasterAddress value() {
        Supplier<MasterAddress> current = runTime;
        return current == null ? super.value() : current.get();
    }

    @Override
    boolean takesSeveralArguments() {
        return true;
    }

    @Override
    MasterAddress parse(List<String> arguments) throws InvalidValueException {
        if (arguments.size() != 2) {
            throw new InvalidValueException("wrong number of arguments");
        }
        if (arguments.get(0).equalsIgnoreCase("no") && arguments.get(1).equalsIgnoreCase("one")) {
            return null;
        }
        OptionalLong port = Numbers.lenientDecimal(arguments.get(1));
        if (port.orElse(-1) < 0 || port.getAsLong() > 65535) {
            throw new InvalidValueException("Invalid master port");
        }
        return new MasterAddress(arguments.get(0), (int) port.getAsLong());
    }

    @Override
    String format(MasterAddress value) {
        return value == null ? "" : value.host() + " " + value.port();
    }

    @Override
    List<Line> lines() {
        return value() == null ? List.of() : List.of(new Line(text(), true));
    }
}
