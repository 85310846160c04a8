package io.fsvideo.cli;

import java.util.List;

/** Service by which a module adds commands to {@code fsvideo}; registered in {@code META-INF/services}. */
public interface CommandProvider {
    /**
     * New objects annotated with picocli's {@code @Command}, in the order of the help text. Help, version and the printing of errors
     * are the command line's.
     */
    List<Object> commands();
}
