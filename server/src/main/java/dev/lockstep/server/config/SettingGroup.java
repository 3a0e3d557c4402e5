package dev.lockstep.server.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The settings of one subject. A subclass declares each in one line, as the initializer of a public final field: the
 * name, Redis 7.2's default and range, and what is special about it. What isn't declared {@code unused} takes effect.
 */
abstract class SettingGroup {
    static final int INT_MAX = Integer.MAX_VALUE;
    static final int INT_MIN = Integer.MIN_VALUE;
    static final long LONG_MAX = Long.MAX_VALUE;
    static final long UINT_MAX = 0xFFFF_FFFFL;
    static final int PORT_MAX = 65535;
    static final long MB = 1L << 20;

    private final String subject;
    private final List<Setting<?>> settings = new ArrayList<>();

    SettingGroup(String subject) {
        this.subject = subject;
    }

    final String subject() {
        return subject;
    }

    /** The group's settings in the order of their declaration. */
    final List<Setting<?>> settings() {
        return Collections.unmodifiableList(settings);
    }

    final <S extends Setting<?>> S declare(S setting) {
        settings.add(setting);
        return setting;
    }

    final BooleanSetting bool(String name, boolean defaultValue, Trait... traits) {
        return declare(new BooleanSetting(name, defaultValue, traits));
    }

    final IntSetting number(String name, int defaultValue, int min, int max, Trait... traits) {
        return declare(new IntSetting(name, defaultValue, min, max, traits));
    }

    final LongSetting bigNumber(
            String name, long defaultValue, long min, long max, Trait... traits) {
        return declare(new LongSetting(name, defaultValue, min, max, traits));
    }

    final MemorySetting memory(
            String name, long defaultValue, long min, long max, Trait... traits) {
        return declare(new MemorySetting(name, defaultValue, min, max, traits));
    }

    final <E extends Enum<E>> ChoiceSetting<E> choice(
            String name, E defaultValue, Trait... traits) {
        return declare(new ChoiceSetting<>(name, defaultValue, traits));
    }

    final TextSetting text(String name, String defaultValue, Trait... traits) {
        return declare(new TextSetting(name, defaultValue, text -> null, traits));
    }

    final TextSetting checkedText(
            String name, String defaultValue, TextSetting.Check check, Trait... traits) {
        return declare(new TextSetting(name, defaultValue, check, traits));
    }
}
