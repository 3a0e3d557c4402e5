package dev.lockstep.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The part of a document that the code dictates, between the marks {@code <!-- name: begin -->} and
 * {@code <!-- name: end -->}.
 *
 * <p>To bring a document up to date, copy the file that a failure names between its two marks.
 */
public final class GeneratedPart {
    private final Path document;
    private final String name;

    public GeneratedPart(Path document, String name) {
        this.document = document;
        this.name = name;
    }

    /** Fails unless the document has exactly this text between the marks. */
    public void assertIs(String expected) throws IOException {
        String text = Files.readString(document);
        String beginMark = "<!-- " + name + ": begin -->\n";
        int begin = text.indexOf(beginMark);
        int end = text.indexOf("<!-- " + name + ": end -->\n");
        assertTrue(begin >= 0 && end > begin, document + " has lost the marks of its " + name);
        String actual = text.substring(begin + beginMark.length(), end);
        if (!actual.equals(expected)) {
            Path fresh =
                    Path.of(System.getProperty("lockstep.basedir"), "server/target", name + ".md");
            Files.createDirectories(fresh.getParent());
            Files.writeString(fresh, expected);
            assertEquals(
                    expected,
                    actual,
                    document + " is old: the part between the marks is in " + fresh);
        }
    }
}
