package dev.lockstep.server.config;

/** A setting whose value is an immutable object. */
abstract class ReferenceSetting<V> extends Setting<V> {
    private final V defaultValue;
    private volatile V value;

    ReferenceSetting(String name, V defaultValue, Trait... traits) {
        super(name, traits);
        this.defaultValue = defaultValue;
        this.value = defaultValue;
    }

    @Override
    V value() {
        return value;
    }

    @Override
    void assign(V value) {
        this.value = value;
    }

    @Override
    final V defaultValue() {
        return defaultValue;
    }
}
