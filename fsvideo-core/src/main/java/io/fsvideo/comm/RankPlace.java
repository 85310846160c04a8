package io.fsvideo.comm;

import io.fsvideo.tensor.BackendException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One process's place in a group of processes.
 *
 * @param rank 0 .. size - 1
 * @param size ranks in the group
 * @param localRank rank among the processes of this machine: which of its devices to use
 */
public record RankPlace(int rank, int size, int localRank) {
    private record Names(String rank, String size, String localRank) {}

    /** torchrun, OpenMPI's mpirun, Slurm's srun. */
    private static final List<Names> LAUNCHERS = List.of(
            new Names("RANK", "WORLD_SIZE", "LOCAL_RANK"),
            new Names("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"),
            new Names("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"));

    public RankPlace {
        if (size < 1 || rank < 0 || rank >= size || localRank < 0) {
            throw new BackendException("ranks: rank must be within 0 .. size - 1 and local rank >= 0, got rank " + rank
                    + ", size " + size + ", local rank " + localRank);
        }
    }

    /**
     * What the launcher of this process says in {@code environment}: the first complete pair of RANK and WORLD_SIZE,
     * OMPI_COMM_WORLD_RANK and _SIZE, SLURM_PROCID and SLURM_NTASKS; empty when there is none.
     *
     * @throws BackendException when a value is no number, or half of a pair is missing
     */
    public static Optional<RankPlace> of(Map<String, String> environment) {
        for (Names names : LAUNCHERS) {
            boolean hasRank = environment.containsKey(names.rank());
            if (hasRank != environment.containsKey(names.size())) {
                throw new BackendException("ranks: " + names.rank() + " and " + names.size()
                        + " must be set together, got only " + (hasRank ? names.rank() : names.size()));
            }
            if (hasRank) {
                int rank = number(environment, names.rank());
                int local = environment.containsKey(names.localRank()) ? number(environment, names.localRank()) : rank;
                return Optional.of(new RankPlace(rank, number(environment, names.size()), local));
            }
        }
        return Optional.empty();
    }

    /**
     * Which of the devices it sees a process should use, as its launcher says in {@code environment}: its local rank; the first without a
     * launcher, or where CUDA_VISIBLE_DEVICES lists no other, as Slurm does for tasks with a device each.
     *
     * @throws BackendException as {@link #of}
     */
    public static int device(Map<String, String> environment) {
        boolean several = environment.getOrDefault("CUDA_VISIBLE_DEVICES", ",").contains(",");
        return several ? of(environment).map(RankPlace::localRank).orElse(0) : 0;
    }

    private static int number(Map<String, String> environment, String name) {
        try {
            return Integer.parseInt(environment.get(name));
        } catch (NumberFormatException e) {
            throw new BackendException("ranks: " + name + " must be a whole number, got " + environment.get(name), e);
        }
    }
}
