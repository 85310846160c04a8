package io.fsvideo;

import io.fsvideo.model.LayerMemory;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.LinearWeights;
import io.fsvideo.weights.Lora;
import io.fsvideo.weights.Offload;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * How to open a model. Immutable: every {@code with} method returns new options.
 *
 * @since 0.1
 */
public final class OpenOptions {
    private final Settings settings;

    /** What was chosen. Changed only before it is shared. */
    private static final class Settings implements Cloneable {
        BackendOptions backendOptions = BackendOptions.defaults();
        DType dtype;
        LinearWeights linearWeights = LinearWeights.STORED;
        Offload offload = Offload.NONE;
        List<String> devices = List.of("cpu");
        Parallel parallel = Parallel.AUTO;
        LayerMemory.Variant layerMemory;
        Map<String, Path> weights = Map.of();
        Map<String, List<Lora>> loras = Map.of();
        Executor executor;
        int queueLimit = 256;
        Job.Observer jobObserver = Job.Observer.NONE;
        Set<String> withoutParts = Set.of();

        @Override
        protected Settings clone() {
            try {
                return (Settings) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private OpenOptions(Settings settings) {
        this.settings = settings;
        if (settings.devices.isEmpty()) {
            throw new RequestException("open: devices must not be empty");
        }
        if (settings.devices.size() > 1 && settings.backendOptions.channel().size() > 1) {
            throw new RequestException(
                    "open: devices must be one in a process that is a rank itself, got " + settings.devices);
        }
        if (settings.dtype != null && !settings.dtype.isCompute()) {
            throw new RequestException("open: dtype must be F32 or BF16, got " + settings.dtype);
        }
    }

    private OpenOptions with(Consumer<Settings> change) {
        Settings copy = settings.clone();
        change.accept(copy);
        return new OpenOptions(copy);
    }

    /** Returns the options for the CPU with all its processors. */
    public static OpenOptions defaults() {
        return new OpenOptions(new Settings());
    }

    /** Chooses one backend by its name, such as {@code cpu} or {@code cuda:0}. */
    public OpenOptions withBackend(String name) {
        return withDevices(List.of(given("name", name)));
    }

    /** Puts {@code count} ranks on the same backend: threads of a CPU, or ranks that share one device. */
    public OpenOptions withRanks(int count) {
        if (count < 1) {
            throw new RequestException("open: ranks must be at least 1, got " + count);
        }
        return withDevices(Collections.nCopies(count, backend()));
    }

    /** Puts one rank on each of these backends, which share the work of each video; at least one. */
    public OpenOptions withDevices(List<String> names) {
        given("names", names).forEach(name -> given("every one of names", name));
        List<String> copy = List.copyOf(names);
        return with(s -> s.devices = copy);
    }

    /** Chooses how ranks share the transformers; {@link Parallel#AUTO} unless said. */
    public OpenOptions withParallel(Parallel way) {
        given("way", way);
        return with(s -> s.parallel = way);
    }

    /** Chooses the backend's own options, such as threads and the limit of memory. */
    public OpenOptions withBackendOptions(BackendOptions options) {
        given("options", options);
        return with(s -> s.backendOptions = options);
    }

    /** Chooses the threads of a CPU backend; the video does not depend on it. */
    public OpenOptions withThreads(int threads) {
        return withBackendOptions(backendOptions().withThreads(threads));
    }

    /** Chooses the most bytes that a backend may hold. */
    public OpenOptions withMemoryLimit(long bytes) {
        return withBackendOptions(backendOptions().withMemoryLimit(bytes));
    }

    /** Chooses what the models compute in, F32 or BF16; null for the backend's choice. */
    public OpenOptions withDType(DType computeDType) {
        return with(s -> s.dtype = computeDType);
    }

    /** Chooses in which type matrices are kept. */
    public OpenOptions withLinearWeights(LinearWeights type) {
        given("type", type);
        return with(s -> s.linearWeights = type);
    }

    /** Chooses which parameters stay on the backend between uses; the video is the same, its making slower. */
    public OpenOptions withOffload(Offload parameters) {
        given("parameters", parameters);
        return with(s -> s.offload = parameters);
    }

    /**
     * Gives every transformer another layer memory than its configuration names: one of {@link LayerMemory}'s, one found by
     * {@link LayerMemory#named}, or an object of the caller's. The checkpoint must hold the parameters that it asks for.
     */
    public OpenOptions withLayerMemory(LayerMemory.Variant memory) {
        given("memory", memory);
        return with(s -> s.layerMemory = memory);
    }

    /**
     * Reads the parameters of a part, called as its folder is ({@code transformer}), from another file or folder than the model directory's. Its
     * configuration stays the directory's, and the directory need not hold parameters of that part.
     */
    public OpenOptions withWeights(String part, Path fileOrFolder) {
        Map<String, Path> all = new TreeMap<>(settings.weights);
        all.put(given("part", part), given("fileOrFolder", fileOrFolder));
        return with(s -> s.weights = Collections.unmodifiableMap(all));
    }

    /**
     * Leaves parts out, called as their folders are: they are not read, take no memory, and requests that need them are refused. Without {@code text_encoder}
     * a request gives {@link Request#withEmbeddings}; with the autoencoder alone it gives {@link Request#ofLatents}.
     */
    public OpenOptions withoutParts(Set<String> parts) {
        given("parts", parts);
        Set<String> copy = Set.copyOf(parts);
        return with(s -> s.withoutParts = copy);
    }

    /** Returns the parts that are left out, by their folders. */
    public Set<String> withoutParts() {
        return settings.withoutParts;
    }

    /** Merges a LoRA into the transformer's parameters while they are loaded, after those given before. */
    public OpenOptions withLora(Lora lora) {
        return withLora("transformer", lora);
    }

    /**
     * Merges a LoRA into the parameters of a part, called as its folder is, while they are loaded, after those given before. One that would not be
     * applied wholly is refused when the model is opened.
     */
    public OpenOptions withLora(String part, Lora lora) {
        Map<String, List<Lora>> all = new TreeMap<>(settings.loras);
        List<Lora> own = new ArrayList<>(all.getOrDefault(given("part", part), List.of()));
        own.add(given("lora", lora));
        all.put(part, List.copyOf(own));
        return with(s -> s.loras = Collections.unmodifiableMap(all));
    }

    /** Returns the LoRAs that are merged into parts, by the parts' folders. */
    public Map<String, List<Lora>> loras() {
        return settings.loras;
    }

    /** Returns where the parameters of parts are that are not read from the model directory, by the parts' folders. */
    public Map<String, Path> weights() {
        return settings.weights;
    }

    /**
     * Lets the caller's executor run the jobs, one task for each, one at a time; a thread of the library's own otherwise. An interrupt of
     * the executor's thread stops the job it runs.
     */
    public OpenOptions withExecutor(Executor executor) {
        given("executor", executor);
        return with(s -> s.executor = executor);
    }

    /** Chooses how many jobs may wait, 1 or more; 256 unless said. Further ones are refused with a {@link BusyException}. */
    public OpenOptions withQueueLimit(int jobs) {
        if (jobs < 1) {
            throw new RequestException("open: queueLimit must be at least 1, got " + jobs);
        }
        return with(s -> s.queueLimit = jobs);
    }

    /** Lets {@code observer} hear of every job of the model, for metrics and logs. */
    public OpenOptions withJobObserver(Job.Observer observer) {
        given("observer", observer);
        return with(s -> s.jobObserver = observer);
    }

    /** Returns what hears of every job. */
    public Job.Observer jobObserver() {
        return settings.jobObserver;
    }

    /** Returns the name of the first backend. */
    public String backend() {
        return settings.devices.get(0);
    }

    /** Returns the backends' own options. */
    public BackendOptions backendOptions() {
        return settings.backendOptions;
    }

    /** Returns what the models compute in; null for the backend's choice. */
    public DType dtype() {
        return settings.dtype;
    }

    /** Returns in which type matrices are kept. */
    public LinearWeights linearWeights() {
        return settings.linearWeights;
    }

    /** Returns which parameters stay on the backend between uses. */
    public Offload offload() {
        return settings.offload;
    }

    /** Returns the backends of this process that share each video, one rank each. */
    public List<String> devices() {
        return settings.devices;
    }

    /** Returns how ranks share the transformers. */
    public Parallel parallel() {
        return settings.parallel;
    }

    /** Returns the layer memory of every transformer; null for what its configuration names. */
    public LayerMemory.Variant layerMemory() {
        return settings.layerMemory;
    }

    /** Returns what runs the jobs; null for a thread of the library's own. */
    public Executor executor() {
        return settings.executor;
    }

    /** Returns how many jobs may wait. */
    public int queueLimit() {
        return settings.queueLimit;
    }

    /** Returns what models compute in on {@code opened}. */
    public DType dtypeOn(Backend opened) {
        given("opened", opened);
        return dtype() == null ? opened.computeDType() : dtype();
    }

    private static <T> T given(String argument, T value) {
        return RequestException.given("open", argument, value);
    }
}
