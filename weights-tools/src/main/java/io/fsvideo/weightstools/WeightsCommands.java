package io.fsvideo.weightstools;

import io.fsvideo.cli.CommandProvider;
import java.util.List;

/** Adds {@code weights} to the command line. */
public final class WeightsCommands implements CommandProvider {
    @Override
    public List<Object> commands() {
        return List.of(new WeightsCommand());
    }
}
