package io.fsvideo.cli;

import io.fsvideo.OpenOptions;
import io.fsvideo.comm.RankPlace;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import picocli.CommandLine.Option;

/** Where to compute; shared by the commands that do, as a picocli mixin. */
public final class BackendArguments {
    private static final String ANY_CUDA = "cuda";

    @Option(
            names = "--backend",
            defaultValue = "cpu",
            description = {
                "Backend: cpu, cuda:0, cuda:1 and so on; cuda is the device of this process's local rank under torchrun,",
                "mpirun and srun, else the first (default: ${DEFAULT-VALUE})."
            })
    private String name;

    @Option(
            names = "--threads",
            description = "Threads of the CPU backend (default: all processors); results do not depend on it.")
    private Integer threads;

    /** The name that {@link Backend#open} takes. */
    public String name() {
        return name.equals(ANY_CUDA) ? ANY_CUDA + ":" + RankPlace.device(System.getenv()) : name;
    }

    /** Defaults but for what was given. */
    public BackendOptions options() {
        BackendOptions defaults = BackendOptions.defaults();
        return threads == null ? defaults : defaults.withThreads(threads);
    }

    /** The options that open a model on that backend, in the backend's own dtype. */
    public OpenOptions openOptions() {
        return OpenOptions.defaults().withBackend(name()).withBackendOptions(options());
    }

    /** @throws io.fsvideo.tensor.BackendException when there is no such backend or it cannot be loaded */
    public Backend open() {
        return Backend.open(name(), options());
    }
}
