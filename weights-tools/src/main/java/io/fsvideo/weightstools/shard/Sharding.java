package io.fsvideo.weightstools.shard;

import io.fsvideo.model.TensorParallel;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.Slice;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.Checksums;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorCopy;
import io.fsvideo.weightstools.checkpoint.TensorListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A transformer's parameters in one file per rank, cut as {@link TensorParallel} says; values stay the same to the bit. */
public final class Sharding {
    private final Checkpoint source;
    private final TensorParallel split;
    private final List<Map<String, Declared>> ranks = new ArrayList<>();

    /**
     * Compares shapes; reads no data.
     *
     * @throws WeightsException when nothing is there to cut, a parameter is not of the configuration's size, or of a type this library
     *     does not write
     */
    public Sharding(Checkpoint source, TensorParallel split) {
        this.source = source;
        this.split = split;
        boolean any = source.tensors().stream()
                .anyMatch(info -> split.slice(info.name(), 0).isPresent());
        if (!any) {
            throw new WeightsException("shard: " + source.description()
                    + " must have a transformer's blocks.*.self_attn and blocks.*.ffn, got none of them");
        }
        for (int rank = 0; rank < split.ranks(); rank++) {
            ranks.add(declared(rank));
        }
    }

    private Map<String, Declared> declared(int rank) {
        Map<String, Declared> tensors = new LinkedHashMap<>();
        for (StoredInfo info : source.tensors()) {
            Declared whole = TensorCopy.declared(info);
            tensors.put(info.name(), new Declared(whole.dtype(), split.shape(info.name(), whole.shape(), rank)));
        }
        return tensors;
    }

    /** Tensors of all files. */
    public int count() {
        return ranks.stream().mapToInt(Map::size).sum();
    }

    /** The bytes of all data to be written. */
    public long bytes() {
        return ranks.stream().mapToLong(ShardWriter::bytes).sum();
    }

    /** Writes one file per rank and {@link Checksums} of all files into {@code folder}, which exists. */
    public void write(Path folder, TensorListener listener) throws IOException {
        Checksums checksums = new Checksums();
        TensorCopy copy = new TensorCopy(source);
        long[] done = {0};
        for (int rank = 0; rank < split.ranks(); rank++) {
            int of = rank;
            Map<String, String> metadata = new LinkedHashMap<>(source.metadata());
            metadata.putAll(split.metadata(rank));
            ShardWriter writer = new ShardWriter(folder, metadata, (name, file) -> {
                copy(copy, name, of, file);
                listener.onTensor(++done[0], count());
            });
            Path file = folder.resolve(split.fileName(rank));
            checksums.add(file, writer.writeFile(file, ranks.get(rank)));
        }
        checksums.write(folder);
    }

    private void copy(TensorCopy copy, String name, int rank, SafetensorsWriter file) {
        Optional<Slice> slice = split.slice(name, rank);
        if (slice.isPresent()) {
            copy.copy(source.info(name), slice.orElseThrow(), file);
        } else {
            copy.copy(source.info(name), name, file);
        }
    }
}
