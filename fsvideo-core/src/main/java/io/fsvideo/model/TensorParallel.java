package io.fsvideo.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.CheckpointSource;
import io.fsvideo.weights.Slice;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How ranks share the parameters of a {@link Dit}; the only place that says so. Every rank has whole heads and as many channels of the
 * MLP as the others:
 *
 * <ul>
 *   <li>q, k, v (of the image too) and {@code ffn.0} are cut along their outputs, with their biases and norms: a rank computes its own
 *       heads and hidden channels. The norms of q and k span all heads, so their sums of squares are added over the ranks.
 *   <li>o and {@code ffn.2} are cut along their inputs: a rank computes a part of every output and the parts are added. Their biases
 *       are whole on every rank, for adding once, after that sum.
 *   <li>Everything else is whole on every rank: embeddings, modulations, {@code norm3}, routers, the head, and whatever a layer memory
 *       brings along.
 * </ul>
 *
 * <pre>{@code
 * TensorParallel split = TensorParallel.of(config, comm.size());
 * try (CheckpointSource file = CheckpointSource.open(split.place(folder, comm.rank()))) {
 *     TensorSource mine = split.source(file, comm.rank()); // reads this rank's slices only
 *     // the model asks for its local shapes: w.linear("q.weight", split.dim(), config.dim()), split.heads() heads
 * }
 * }</pre>
 *
 * @param config of the whole model
 * @param ranks how many share it
 * @since 0.1
 */
public record TensorParallel(DitConfig config, int ranks) {
    private static final Pattern BY_OUTPUT = Pattern.compile(
            "blocks\\.\\d+\\.(?:(?:self_attn|cross_attn)\\.(?:[qkv]|norm_[qk])|cross_attn\\.(?:[kv]_img|norm_k_img)|(ffn\\.0))"
                    + "\\.(?:weight|bias|weight_scale)");
    private static final Pattern BY_INPUT =
            Pattern.compile("blocks\\.\\d+\\.(?:(?:self_attn|cross_attn)\\.o|(ffn\\.2))\\.weight");

    private static final Pattern RANK_FILE = Pattern.compile("rank-\\d{5}-of-\\d{5}\\.safetensors");

    private static final String RANK = "tensor_parallel_rank";
    private static final String RANKS = "tensor_parallel_ranks";
    private static final String CONFIG = "dit_config";

    /** @throws ConfigException naming the legal numbers of ranks, unless heads and MLP channels divide by {@code ranks} */
    public TensorParallel {
        if (!fits(config, ranks)) {
            throw new ConfigException("tensor parallel: ranks must be one of " + legalRanks(config)
                    + ", which divide num_heads " + config.numHeads() + " and ffn_dim " + config.ffnDim() + ", got "
                    + ranks);
        }
    }

    /** @throws ConfigException naming the legal numbers of ranks, unless heads and MLP channels divide by {@code ranks} */
    public static TensorParallel of(DitConfig config, int ranks) {
        return new TensorParallel(config, ranks);
    }

    /**
     * What a file of a rank says of its group; empty for other files.
     *
     * @param metadata free-form strings of the file's header
     * @throws ConfigException when there is no such group
     */
    public static Optional<TensorParallel> of(Map<String, String> metadata) {
        String ranks = metadata.get(RANKS);
        String config = metadata.get(CONFIG);
        if (ranks == null || config == null) {
            return Optional.empty();
        }
        try {
            DitConfig dit = DitConfig.fromJson(new ObjectMapper().readTree(config));
            return Optional.of(new TensorParallel(dit, Integer.parseInt(ranks)));
        } catch (JsonProcessingException | NumberFormatException e) {
            throw new ConfigException("tensor parallel: metadata must have a number " + RANKS + " and JSON " + CONFIG
                    + ", got " + e.getMessage().lines().findFirst().orElse(""));
        }
    }

    /** Numbers of ranks that this model can be shared by, ascending. */
    public static List<Integer> legalRanks(DitConfig config) {
        return IntStream.rangeClosed(1, config.numHeads())
                .filter(n -> fits(config, n))
                .boxed()
                .toList();
    }

    static boolean fits(DitConfig config, int ranks) {
        return ranks >= 1 && config.numHeads() % ranks == 0 && config.ffnDim() % ranks == 0;
    }

    /** Heads of one rank. */
    public int heads() {
        return config.numHeads() / ranks;
    }

    /** Channels of one rank's heads. */
    public int dim() {
        return config.dim() / ranks;
    }

    /** Hidden channels of one rank's MLP. */
    public int ffnDim() {
        return config.ffnDim() / ranks;
    }

    /** What {@code rank} holds of the parameter of this name; empty when it holds all of it. */
    public Optional<Slice> slice(String name, int rank) {
        requireRank(rank);
        Matcher output = BY_OUTPUT.matcher(name);
        if (output.matches()) {
            return Optional.of(slice(0, output.group(1) != null, rank));
        }
        Matcher input = BY_INPUT.matcher(name);
        return input.matches() ? Optional.of(slice(1, input.group(1) != null, rank)) : Optional.empty();
    }

    private Slice slice(int axis, boolean mlp, int rank) {
        long part = mlp ? ffnDim() : dim();
        return new Slice(axis, part * ranks, part * rank, part * (rank + 1));
    }

    /**
     * The shape of what {@code rank} holds.
     *
     * @param whole shape of the whole parameter
     * @throws WeightsException when it is not of the configuration's size
     */
    public Shape shape(String name, Shape whole, int rank) {
        Optional<Slice> slice = slice(name, rank);
        if (slice.isPresent() && !slice.orElseThrow().fits(whole)) {
            throw new WeightsException("tensor parallel: " + name + " must be "
                    + slice.orElseThrow().whole() + " along dimension "
                    + slice.orElseThrow().axis() + " for its configuration, got " + whole);
        }
        return slice.map(part -> part.of(whole)).orElse(whole);
    }

    private void requireRank(int rank) {
        if (rank < 0 || rank >= ranks) {
            throw new ConfigException("tensor parallel: rank must be within 0.." + (ranks - 1) + ", got " + rank);
        }
    }

    /** Name of the file with everything {@code rank} holds. */
    public String fileName(int rank) {
        requireRank(rank);
        return String.format(Locale.ROOT, "rank-%05d-of-%05d.safetensors", rank, ranks);
    }

    /**
     * Where {@code rank} reads from: its own file in the folder when there is one, otherwise the checkpoint of all ranks.
     *
     * @throws WeightsException when the folder has files of ranks, but of another number
     */
    public Path place(Path fileOrFolder, int rank) {
        Path own = fileOrFolder.resolve(fileName(rank));
        if (Files.isRegularFile(own)) {
            return own;
        }
        List<String> others = rankFiles(fileOrFolder);
        if (!others.isEmpty()) {
            throw new WeightsException("tensor parallel: " + fileOrFolder + " must hold " + fileName(rank) + ", got "
                    + others + "; open it with that many ranks, or write files for " + ranks
                    + " with: fsvideo weights shard");
        }
        return fileOrFolder;
    }

    /** Names of the files of ranks in {@code folder}, in their order; none where that is no folder. */
    public static List<String> rankFiles(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> RANK_FILE.matcher(name).matches())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new WeightsException("weights: " + folder + ": folder must be readable, got " + e, e);
        }
    }

    /** Free-form strings for the header of {@code rank}'s file. */
    public Map<String, String> metadata(int rank) {
        requireRank(rank);
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(RANK, String.valueOf(rank));
        metadata.put(RANKS, String.valueOf(ranks));
        metadata.put(CONFIG, config.toJson().toString());
        return metadata;
    }

    /**
     * The parameters of one rank in their local shapes, either slices of a whole checkpoint, read as they are asked for, or the file of
     * that rank.
     *
     * @throws WeightsException when the file is of another rank, number of ranks or configuration, or a parameter to be cut is not of
     *     the configuration's size
     */
    public TensorSource source(CheckpointSource checkpoint, int rank) {
        Map<String, String> own = metadata(rank);
        Map<String, String> found = new LinkedHashMap<>(checkpoint.metadata());
        found.keySet().retainAll(own.keySet());
        if (found.isEmpty()) {
            return new RankSource(checkpoint, this, rank);
        }
        if (!found.equals(own)) {
            throw new WeightsException("tensor parallel: " + checkpoint.description() + " must be of " + own + ", got "
                    + found + "; write files for this many ranks with: fsvideo weights shard");
        }
        return checkpoint;
    }
}
