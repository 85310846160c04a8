package io.fsvideo.demo;

import io.fsvideo.cli.CommandProvider;
import java.util.List;

/** Adds {@code demo} to the command line. */
public final class DemoCommands implements CommandProvider {
    @Override
    public List<Object> commands() {
        return List.of(new DemoCommand());
    }
}
