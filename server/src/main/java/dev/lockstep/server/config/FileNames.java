package dev.lockstep.server.config;

/** What a directive asks of a file name that must lie in {@code dir}. */
final class FileNames {
    private FileNames() {}

    /** A name without a slash; the errors call it {@code kind}. */
    static TextSetting.Check plain(String directive, String kind, boolean mayBeEmpty) {
        return name -> {
            if (name.isEmpty() && !mayBeEmpty) {
                return directive + " can't be empty";
            }
            return name.indexOf('/') < 0 && name.indexOf('\\') < 0
                    ? null
                    : directive + " can't be a path, just a " + kind;
        };
    }
}
