package io.fsvideo.server;

import io.fsvideo.cli.CommandProvider;
import java.util.List;

/** What this module adds to the command line. */
public final class ServerCommands implements CommandProvider {
    @Override
    public List<Object> commands() {
        return List.of(new ServeCommand());
    }
}
