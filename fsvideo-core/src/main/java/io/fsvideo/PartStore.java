package io.fsvideo;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.LinearWeights;
import io.fsvideo.weights.Offload;
import io.fsvideo.weights.Residence;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Loads the parts of a model, owns their parameters, and brings them to the backend for the stages that use them. */
final class PartStore implements AutoCloseable {
    private final Backend backend;
    private final DType dtype;
    private final Offload offload;
    private final LinearWeights linear;
    private final Function<Part, TensorSource> sources;
    private final Map<Part, Residence> residences = new EnumMap<>(Part.class);
    private final Map<Part, Set<String>> scaled = new EnumMap<>(Part.class);
    private final Map<String, Long> bytes = new LinkedHashMap<>();

    /** @throws io.fsvideo.tensor.BackendException when the backend cannot do what {@code options} say */
    PartStore(Backend backend, DType dtype, OpenOptions options, Function<Part, TensorSource> sources) {
        Residence.requireServed(backend, options.offload(), options.linearWeights());
        this.backend = backend;
        this.dtype = dtype;
        this.offload = options.offload();
        this.linear = options.linearWeights();
        this.sources = sources;
    }

    <M> M load(Part part, Function<Weights, M> constructor) {
        return load(part, dtype, constructor);
    }

    /** In another dtype than the model's. */
    <M> M load(Part part, DType computed, Function<Weights, M> constructor) {
        Residence residence = new Residence(backend, part.folder(), offload, linear);
        residences.put(part, residence);
        TensorSource source = sources.apply(part);
        M model = Weights.load(residence, source, computed, constructor);
        scaled.put(part, scaled(source));
        bytes.put(part.folder(), residence.bytes());
        return model;
    }

    private static Set<String> scaled(TensorSource source) {
        Set<String> keys = new HashSet<>(
                source.shapes() == null ? Set.of() : source.shapes().keySet());
        keys.removeIf(key -> !source.isScaled(key));
        return keys;
    }

    /** Keys of the parameters that are stored with scales. */
    Set<String> scaled(Part part) {
        return scaled.get(part);
    }

    /** Part {@code part} on the backend until the result is closed. */
    Use use(Part part) {
        Residence residence = residences.get(part);
        residence.enter();
        return residence::leave;
    }

    /** For try-with-resources. */
    interface Use extends AutoCloseable {
        @Override
        void close();
    }

    /** Whether parts are read from their sources again at each use, which must stay open then. */
    boolean readsAgain() {
        return residences.values().stream().anyMatch(Residence::readsAgain);
    }

    DType dtype() {
        return dtype;
    }

    /** Bytes of each part's parameters. */
    Map<String, Long> bytes() {
        return bytes;
    }

    /** For the message of a backend that is full. */
    String describeResident() {
        return offload == Offload.NONE
                ? bytes + " bytes; Offload.PARTS or BLOCKS keeps them off it until they are used"
                : "none, offloaded by " + offload;
    }

    /** Frees everything, from any thread. */
    @Override
    public void close() {
        Resources all = new Resources();
        residences.values().forEach(all::add);
        residences.clear();
        all.close();
    }
}
