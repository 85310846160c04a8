package io.fsvideo.weightstools.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.lora.LoraName.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A LoRA whose names have been matched with a model's. Factors are read when they are asked for. */
public final class LoraFile implements AutoCloseable {
    private static final String CONFIG = "adapter_config.json";

    private final Path path;
    private final Safetensors file;
    private final Map<String, Map<Role, String>> matched = new TreeMap<>();
    private final List<String> unmatched = new ArrayList<>();
    private final double commonAlpha;

    /** {@code up [out, rank]} times {@code down [rank, in]}, both row-major, times {@code factor} is what is added. */
    record Factors(float[] up, float[] down, int rank, double factor) {}

    private LoraFile(Path path, Safetensors file, Set<String> weights) {
        this.path = path;
        this.file = file;
        Map<String, String> underscored = new TreeMap<>();
        weights.forEach(weight -> underscored.put(weight.replace('.', '_'), weight));
        for (String key : file.keys()) {
            LoraName.of(key, underscored).ifPresentOrElse(name -> match(name, key), () -> unmatched.add(key));
        }
        matched.values().removeIf(this::isLacking);
        this.commonAlpha = commonAlpha();
    }

    /**
     * @param weights the model's names
     * @throws WeightsException when the file is damaged, or two names mean the same
     */
    public static LoraFile open(Path path, Set<String> weights) {
        Safetensors file = Safetensors.open(path);
        try {
            return new LoraFile(path, file, weights);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private void match(LoraName name, String key) {
        String other = matched.computeIfAbsent(name.weight(), w -> new EnumMap<>(Role.class))
                .put(name.role(), key);
        if (other != null) {
            throw fault(
                    "names of " + name.weight(), "one for each of " + List.of(Role.values()), other + " and " + key);
        }
    }

    private boolean isLacking(Map<Role, String> keys) {
        boolean lacking = !keys.containsKey(Role.UP) || !keys.containsKey(Role.DOWN);
        if (lacking) {
            unmatched.addAll(keys.values());
        }
        return lacking;
    }

    /** PEFT keeps it beside the file; NaN where nothing is said. */
    private double commonAlpha() {
        Path config = path.resolveSibling(CONFIG);
        if (!Files.isRegularFile(config)) {
            return Double.NaN;
        }
        try {
            JsonNode json = new ObjectMapper().readTree(config.toFile());
            if (json.path("use_rslora").asBoolean()
                    || !json.path("alpha_pattern").isEmpty()) {
                throw fault(CONFIG, "without use_rslora and alpha_pattern", "one that has them");
            }
            return json.path("lora_alpha").asDouble(Double.NaN);
        } catch (IOException e) {
            throw new WeightsException("lora: " + config + " must be JSON, got " + e.getMessage(), e);
        }
    }

    /** The model's parameters that it adds to. */
    public Set<String> weights() {
        return matched.keySet();
    }

    /** Names that mean nothing in the model, or half of something. */
    public List<String> unmatched() {
        return List.copyOf(unmatched);
    }

    /** Of a parameter of this shape, seen as {@code [out, everything else]}. @throws FsVideoException when it does not fit */
    Factors factors(String weight, Shape shape) {
        Map<Role, String> keys = matched.get(weight);
        Shape up = file.shape(keys.get(Role.UP));
        Shape down = file.shape(keys.get(Role.DOWN));
        long out = shape.dim(0);
        long rank = down.rank() == 0 ? 0 : down.dim(0);
        boolean fits = rank > 0
                && up.rank() > 0
                && up.dim(0) == out
                && up.numel() == out * rank
                && down.numel() == rank * (shape.numel() / Math.max(1, out));
        if (!fits) {
            throw fault("factors of " + weight, "[out, rank] and [rank, in] for " + shape, up + " and " + down);
        }
        double alpha = keys.containsKey(Role.ALPHA) ? file.floats(keys.get(Role.ALPHA))[0] : commonAlpha;
        return new Factors(
                file.floats(keys.get(Role.UP)),
                file.floats(keys.get(Role.DOWN)),
                Math.toIntExact(rank),
                Double.isNaN(alpha) ? 1 : alpha / rank);
    }

    private WeightsException fault(String argument, String rule, Object got) {
        return new WeightsException("lora: " + path + ": " + argument + " must be " + rule + ", got " + got);
    }

    @Override
    public void close() {
        file.close();
    }
}
