package dev.lockstep.protocol;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Expected results kept as files, whose first line says where they come from: lines of fields separated by tabs, one byte per character. */
final class Recorded {
    private Recorded() {}

    static List<String[]> cases(String resource) throws IOException {
        List<String[]> cases = new ArrayList<>();
        try (InputStream in = Recorded.class.getResourceAsStream(resource)) {
            for (String line :
                    new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).split("\n")) {
                if (!line.startsWith("# ")) {
                    cases.add(line.split("\t", -1));
                }
            }
        }
        return cases;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
