package io.fsvideo.weightstools.convert;

import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Dialect;
import io.fsvideo.weights.Renaming;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorCopy;
import io.fsvideo.weightstools.checkpoint.TensorFile;
import io.fsvideo.weightstools.checkpoint.TensorListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A published checkpoint as one part of a model directory: our names, the tensors the part reads and no others, in the types they are
 * stored in, except that F64 becomes F32. Tensors go through one at a time, in pieces.
 */
public final class Conversion {
    private static final Set<String> FLOATS = Set.of("F64", "F32", "BF16", "F16", "F8_E4M3");
    private static final String DOUBLE = "F64";

    private final TensorFile source;
    private final ModelPart part;
    private final Renaming renaming;
    private final Map<String, List<StoredInfo>> tensors = new LinkedHashMap<>();
    private final int dropped;

    /**
     * Compares names and shapes; reads no data.
     *
     * @param backend any; tells which parameters a part has
     * @throws WeightsException listing all missing, unused and mis-shaped names together, or naming a tensor that is not of a float type
     */
    public Conversion(TensorFile source, ModelPart part, Backend backend) {
        this.source = source;
        this.part = part;
        Map<String, StoredInfo> stored =
                source.tensors().stream().collect(Collectors.toMap(StoredInfo::name, info -> info));
        this.renaming = Renaming.of(source.description(), shapes(stored));
        Weights.requireFit(backend, new Headers(source.description(), renaming.shapes()), part.constructor());
        for (String name :
                Weights.requests(backend, part.constructor()).shapes().keySet()) {
            add(name, stored);
            if (renaming.parameters().containsKey(name + TensorSource.SCALE)) {
                add(name + TensorSource.SCALE, stored);
            }
        }
        this.dropped = stored.size() - (int) infos().count();
    }

    private void add(String name, Map<String, StoredInfo> stored) {
        tensors.put(
                name,
                renaming.parameters().get(name).stored().stream()
                        .map(stored::get)
                        .map(this::requireFloats)
                        .toList());
        requireOneType(name, tensors.get(name));
    }

    private void requireOneType(String name, List<StoredInfo> infos) {
        if (infos.stream().map(StoredInfo::type).distinct().count() > 1) {
            throw new WeightsException(
                    "weights: " + source.description() + ": tensors of " + name + " must be of one type, got " + infos);
        }
    }

    private Stream<StoredInfo> infos() {
        return tensors.values().stream().flatMap(List::stream);
    }

    private StoredInfo requireFloats(StoredInfo info) {
        if (!FLOATS.contains(info.type())) {
            throw new WeightsException("weights: " + source.description() + ": " + info.name() + " must be of one of "
                    + FLOATS + ", got " + info.type() + " " + info.shape());
        }
        return info;
    }

    private static Map<String, Shape> shapes(Map<String, StoredInfo> tensors) {
        Map<String, Shape> shapes = new TreeMap<>();
        tensors.forEach((name, info) -> shapes.put(name, info.shape()));
        return shapes;
    }

    /** Names and shapes without data, for the comparison. */
    private record Headers(String description, Map<String, Shape> shapes) implements TensorSource {
        @Override
        public Tensor load(Arena arena, String key, Shape shape) {
            throw new IllegalStateException("conversion: " + key + " must only be compared, got a read");
        }
    }

    /** Whose names the checkpoint has. */
    public Dialect dialect() {
        return renaming.dialect();
    }

    /** Tensors that the part reads. */
    public int count() {
        return tensors.size();
    }

    /** Tensors that checkpoints of this part carry and the part does not read; they are left out. */
    public int dropped() {
        return dropped;
    }

    /** Tensors of F64, which become F32. */
    public long narrowed() {
        return infos().filter(Conversion::isDouble).count();
    }

    /** The bytes of all data to be written. */
    public long bytes() {
        return infos().mapToLong(info -> isDouble(info) ? info.bytes() / 2 : info.bytes())
                .sum();
    }

    private static boolean isDouble(StoredInfo info) {
        return info.type().equals(DOUBLE);
    }

    /**
     * Writes {@code config.json} and the tensors.
     *
     * @param folder exists and is empty
     * @param shardBytes most data of one file
     * @return the number of files with tensors
     */
    public int write(Path folder, long shardBytes, TensorListener listener) throws IOException {
        Files.writeString(folder.resolve("config.json"), part.config().toPrettyString() + "\n");
        Map<String, Declared> declared = new LinkedHashMap<>();
        tensors.forEach((name, infos) -> declared.put(name, declared(name, infos.get(0))));
        TensorCopy copy = new TensorCopy(source);
        long[] done = {0};
        ShardWriter writer = new ShardWriter(folder, Map.of("format", "pt"), (name, file) -> {
            copy(copy, name, file);
            listener.onTensor(++done[0], tensors.size());
        });
        return writer.write(declared, shardBytes);
    }

    private Declared declared(String name, StoredInfo info) {
        DType type = isDouble(info) ? DType.F32 : TensorCopy.declared(info).dtype();
        return new Declared(type, renaming.parameters().get(name).shape());
    }

    private void copy(TensorCopy copy, String name, SafetensorsWriter file) {
        for (StoredInfo info : tensors.get(name)) {
            if (isDouble(info)) {
                copy.narrow(info, name, file);
            } else {
                copy.copy(info, name, file);
            }
        }
    }
}
