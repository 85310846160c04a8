package io.fsvideo.cli;

import io.fsvideo.OpenOptions;
import io.fsvideo.Parallel;
import io.fsvideo.Version;
import io.fsvideo.comm.ProcessChannel;
import io.fsvideo.comm.ProcessOptions;
import io.fsvideo.comm.RankPlace;
import io.fsvideo.comm.Rendezvous;
import io.fsvideo.tensor.FsVideoException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Who shares the work of one video; a picocli mixin. */
final class RankArguments {
    /** What may differ between the processes of a group. */
    private static final Set<String> OWN = Set.of("--rank", "--backend", "--threads", "--out");

    private static final Set<String> PLACING = Set.of("--devices", "--ranks", "--rank", "--world-size", "--rendezvous");
    private static final int AGREEMENT = 4000;
    private static final String LOCAL = "127.0.0.1";
    private static final String TOKEN = "FSVIDEO_TOKEN";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--devices",
            split = ",",
            paramLabel = "BACKEND",
            description = {
                "Backends of this process that share each video, one rank each, e.g. cuda:0,cuda:1; or their number, as"
                        + " --ranks."
            })
    private List<String> devices = List.of();

    @Option(names = "--ranks", paramLabel = "N", description = "As --devices, N times the one of --backend.")
    private Integer ranks;

    @Option(
            names = "--parallel",
            defaultValue = "auto",
            description = {
                "How ranks share the transformers: tensor (heads and weights are split), sequence (tokens are split),",
                "guidance (two ranks, one branch each), auto: the cheapest as predicted (default: ${DEFAULT-VALUE})."
            })
    private Parallel parallel;

    @Option(names = "--rank", description = "Rank of this process, 0 .. size - 1 (default: as its launcher says).")
    private Integer rank;

    @Option(names = "--world-size", description = "Processes that share each video (default: as the launcher says).")
    private Integer size;

    @Option(
            names = "--rendezvous",
            paramLabel = "PLACE",
            description = {
                "Makes this process one rank of a group and says where they meet: HOST:PORT of the first, a file that",
                "all see and that does not exist yet, or env for MASTER_ADDR and MASTER_PORT. The first writes the"
                        + " video.",
                "But for the file, all ranks need one secret in FSVIDEO_TOKEN; the first makes and prints one."
            })
    private String rendezvous;

    /** Refuses ranks where each video is made by {@code one} backend. */
    void refuse(String one) {
        if (!given().isEmpty()) {
            throw new FsVideoException("batch: " + one + " cannot go with " + given());
        }
    }

    /** Refuses to be one process of a group, for what each process does by itself. @param reason why, for the message */
    void refuseGroup(String command, String reason) {
        if (rendezvous != null) {
            throw new FsVideoException(command + ": --rendezvous must not be given, got " + rendezvous + ": " + reason);
        }
    }

    /** Whether this process is one of a group, which all must be told the same. */
    boolean isGroup() {
        return rendezvous != null;
    }

    /** Whether this process writes what the group makes. */
    boolean isFirst() {
        return rendezvous == null || place().rank() == 0;
    }

    /** {@code options} with these ranks; waits for the other processes of a group. */
    OpenOptions apply(OpenOptions options) {
        requireOneWay();
        OpenOptions shared = options.withParallel(parallel);
        if (rendezvous != null) {
            return shared.withBackendOptions(shared.backendOptions()
                    .withChannel(ProcessChannel.open(place(), meeting(), ProcessOptions.of(agreement()))));
        }
        if (devices.size() == 1 && devices.get(0).matches("[0-9]{1,4}")) {
            return shared.withRanks(Integer.parseInt(devices.get(0)));
        }
        if (!devices.isEmpty()) {
            return shared.withDevices(devices);
        }
        return ranks == null ? shared : shared.withRanks(ranks);
    }

    private void requireOneWay() {
        int ways = (devices.isEmpty() ? 0 : 1) + (ranks == null ? 0 : 1) + (rendezvous == null ? 0 : 1);
        if (ways > 1 || (rendezvous == null && (rank != null || size != null))) {
            throw new FsVideoException(
                    "ranks: options must be one of --devices, --ranks, or --rendezvous with --rank and"
                            + " --world-size, got " + given());
        }
    }

    private List<String> given() {
        return spec.commandLine().getParseResult().matchedOptions().stream()
                .map(OptionSpec::longestName)
                .filter(PLACING::contains)
                .toList();
    }

    private RankPlace place() {
        if (rank != null && size != null) {
            return new RankPlace(rank, size, 0);
        }
        return RankPlace.of(System.getenv())
                .orElseThrow(() -> new FsVideoException(
                        "ranks: --rank and --world-size must be given where no launcher says them, got " + rank
                                + " and " + size));
    }

    private Rendezvous meeting() {
        if (rendezvous.equals("env")) {
            Map<String, String> environment = new HashMap<>(System.getenv());
            environment.put(TOKEN, token());
            return Rendezvous.of(environment);
        }
        int colon = rendezvous.lastIndexOf(':');
        String port = rendezvous.substring(colon + 1);
        return colon > 0 && port.matches("[0-9]{1,5}")
                ? Rendezvous.at(rendezvous.substring(0, colon), Integer.parseInt(port), token())
                : Rendezvous.in(Path.of(rendezvous), LOCAL);
    }

    /** The group's secret; the first rank makes and prints one when it was given none. */
    private String token() {
        String token = System.getenv(TOKEN);
        if ((token == null || token.isBlank()) && place().rank() == 0) {
            token = Rendezvous.newToken();
            spec.commandLine()
                    .getErr()
                    .println("ranks: start every other rank with " + TOKEN + "=" + token + " in its environment");
            spec.commandLine().getErr().flush();
        }
        return token == null ? "" : token;
    }

    /** Everything that was asked for, however it was spelt, but for what is each process's own. */
    private String agreement() {
        String asked = spec.commandLine().getParseResult().matchedOptions().stream()
                .filter(option -> !OWN.contains(option.longestName()))
                .map(option -> option.longestName() + " " + String.join(" ", option.originalStringValues()))
                .sorted()
                .collect(Collectors.joining(" "));
        String line = Version.TEXT + " " + asked;
        return line.length() <= AGREEMENT ? line : line.substring(0, AGREEMENT) + " " + line.hashCode();
    }
}
