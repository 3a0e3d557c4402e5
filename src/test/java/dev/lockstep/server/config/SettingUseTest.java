package dev.lockstep.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A directive that the documents say applies is read by some part of the server, and one without effect by none. */
class SettingUseTest {
    private static final JavaClasses ALL =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.lockstep.server");

    @Test
    void exactlyThoseThatApplyAreRead() throws IllegalAccessException {
        Configuration configuration = new Configuration();
        Set<String> unread = new TreeSet<>();
        Set<String> read = new TreeSet<>();
        for (SettingGroup group : configuration.groups()) {
            for (JavaField field : ALL.get(group.getClass()).getFields()) {
                if (!field.getRawType().isAssignableTo(Setting.class)) {
                    continue;
                }
                java.lang.reflect.Field declared = field.reflect();
                declared.setAccessible(true);
                Setting<?> setting = (Setting<?>) declared.get(group);
                boolean used =
                        field.getAccessesToSelf().stream()
                                .anyMatch(
                                        access ->
                                                !access.getOriginOwner().equals(field.getOwner()));
                boolean applies =
                        setting.trait(Trait.Unused.class) == null
                                && setting.trait(Trait.Refused.class) == null;
                if (applies && !used) {
                    unread.add(setting.name());
                } else if (!applies && used) {
                    read.add(setting.name());
                }
            }
        }
        assertEquals(Set.of(), unread);
        assertEquals(Set.of(), read);
    }
}
