package io.fsvideo.cli;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import picocli.CommandLine.Option;

/** Where to compute; shared by the commands that do. */
final class BackendArguments {
    @Option(names = "--backend", defaultValue = "cpu", description = "Backend (default: ${DEFAULT-VALUE}).")
    private String name;

    @Option(
            names = "--threads",
            description = "Threads of the CPU backend (default: all processors); results do not depend on it.")
    private Integer threads;

    String name() {
        return name;
    }

    BackendOptions options() {
        BackendOptions defaults = BackendOptions.defaults();
        return threads == null ? defaults : defaults.withThreads(threads);
    }

    Backend open() {
        return Backend.open(name, options());
    }
}
