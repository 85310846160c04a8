package io.fsvideo.pipeline;

import io.fsvideo.OpenOptions;
import io.fsvideo.RequestException;
import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.LayerMemory;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.LinearWeights;
import io.fsvideo.weights.Offload;
import io.fsvideo.weights.Residence;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the parts of a model, owns their parameters, and brings them to the backend for the stages that use them.
 *
 * @since 0.1
 */
public final class PartStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PartStore.class);

    private final Backend backend;
    private final DType dtype;
    private final Offload offload;
    private final LinearWeights linear;
    private final LayerMemory.Variant memory;
    private final Set<String> withoutParts;
    private final Function<Part, TensorSource> sources;
    private final Map<Part, Residence> residences = new HashMap<>();
    private final Map<Part, Set<String>> scaled = new HashMap<>();
    private final Map<String, Long> bytes = new LinkedHashMap<>();
    private final Map<String, List<String>> findings = new LinkedHashMap<>();

    /**
     * Starts with no part.
     *
     * @param dtype what the models compute in
     * @param sources opens a part's parameters
     * @throws io.fsvideo.tensor.BackendException when the backend cannot do what {@code options} say
     */
    public PartStore(Backend backend, DType dtype, OpenOptions options, Function<Part, TensorSource> sources) {
        Residence.requireServed(backend, options.offload(), options.linearWeights());
        this.backend = backend;
        this.dtype = dtype;
        this.offload = options.offload();
        this.linear = options.linearWeights();
        this.memory = options.layerMemory();
        this.withoutParts = options.withoutParts();
        this.sources = sources;
    }

    /** Loads a part in the dtype that the models compute in. */
    public <M> M load(Part part, Function<Weights, M> constructor) {
        return load(part, dtype, constructor);
    }

    /** Loads a transformer, or this rank's share of it, with the layer memory of the options or else of its configuration. */
    public Dit dit(Part part, DitConfig config, Sharing sharing) {
        LayerMemory.Variant chosen = memory == null ? LayerMemory.named(config.layerMemory()) : memory;
        return load(part, w -> new Dit(w, config, chosen, sharing.dit(part)));
    }

    /** Loads a part that computes in another dtype than the other models; null when the options leave it out. */
    public <M> M load(Part part, DType computed, Function<Weights, M> constructor) {
        if (withoutParts.contains(part.folder())) {
            return null;
        }
        Residence residence = new Residence(backend, part.folder(), offload, linear);
        residences.put(part, residence);
        TensorSource source = sources.apply(part);
        if (!source.findings().isEmpty()) {
            findings.put(part.folder(), List.copyOf(source.findings()));
            LOG.debug("found in {}: {}", source.description(), String.join("; ", source.findings()));
        }
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

    /** Returns the keys of the parameters that are stored with scales. */
    public Set<String> scaled(Part part) {
        return scaled.get(part);
    }

    /**
     * Brings a part to the backend until the result is closed.
     *
     * @throws RequestException when the model was opened without it
     */
    public Use use(Part part) {
        Residence residence = residences.get(part);
        if (residence == null) {
            throw new RequestException("request: it must be one that needs no " + part.folder()
                    + ", which the model was opened without; see Request.withEmbeddings and Request.ofLatents");
        }
        residence.enter();
        return residence::leave;
    }

    /** A part that is on the backend. */
    public interface Use extends AutoCloseable {
        /** Lets the part leave the backend. */
        @Override
        void close();
    }

    /** Tells whether parts are read from their sources again at each use, which must stay open then. */
    public boolean readsAgain() {
        return residences.values().stream().anyMatch(Residence::readsAgain);
    }

    /** Returns what the models compute in. */
    public DType dtype() {
        return dtype;
    }

    /** Returns the bytes of each part's parameters, by folder. */
    public Map<String, Long> bytes() {
        return bytes;
    }

    /** Returns how parts are stored that are not plain, in words for people, by folder. */
    public Map<String, List<String>> findings() {
        return Collections.unmodifiableMap(findings);
    }

    /** Describes the weights that stay on the backend, for the message of one that is full. */
    public String describeResident() {
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
