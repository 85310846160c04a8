package io.fsvideo.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.LoraName.Meaning;
import io.fsvideo.weights.LoraName.Role;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A LoRA whose names have been matched with a model's. Either all that it says of a module is understood, or the file is refused: nothing is ever
 * half applied. Values are read when they are asked for.
 */
public final class LoraFile implements AutoCloseable {
    private static final String CONFIG = "adapter_config.json";

    private final Path path;
    private final Safetensors file;
    private final Map<String, Map<Role, String>> matched = new TreeMap<>();
    private final List<String> unmatched = new ArrayList<>();
    private final List<String> absentImageModules = new ArrayList<>();
    private final double commonAlpha;

    private LoraFile(Path path, Safetensors file, Set<String> parameters) {
        this.path = path;
        this.file = file;
        LoraName names = new LoraName(parameters);
        List<String> unknownParts = new ArrayList<>();
        for (String key : file.keys()) {
            names.meaning(key)
                    .ifPresentOrElse(
                            meaning -> match(meaning, key),
                            () -> (names.isOfAbsentImageModule(key)
                                            ? absentImageModules
                                            : names.isOfKnownModule(key) ? unknownParts : unmatched)
                                    .add(key));
        }
        if (!unknownParts.isEmpty()) {
            throw new WeightsException(
                    "lora: " + path + " changes modules of the model in a way that is not known here, by "
                            + unknownParts.size() + " names such as " + unknownParts.get(0)
                            + "; merging the others would apply half of it, so nothing is merged");
        }
        matched.forEach(this::requireWhole);
        this.commonAlpha = commonAlpha();
    }

    /**
     * @param parameters the model's names
     * @throws WeightsException when the file is damaged, two names mean the same, or a module of the model is changed in an unknown way
     */
    public static LoraFile open(Path path, Set<String> parameters) {
        Safetensors file = Safetensors.open(path);
        try {
            return new LoraFile(path, file, parameters);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private void match(Meaning meaning, String key) {
        String other = matched.computeIfAbsent(meaning.parameter(), w -> new EnumMap<>(Role.class))
                .put(meaning.role(), key);
        if (other != null) {
            throw fault(
                    "names of " + meaning.parameter(),
                    "one for each of " + List.of(Role.values()),
                    other + " and " + key);
        }
    }

    private void requireWhole(String parameter, Map<Role, String> keys) {
        boolean hasProduct = keys.containsKey(Role.UP) && keys.containsKey(Role.DOWN);
        boolean alone = !keys.containsKey(Role.UP) && !keys.containsKey(Role.DOWN);
        if (keys.containsKey(Role.UP_BIAS)) {
            Map<Role, String> factors = matched.getOrDefault(weightBeside(parameter), Map.of());
            if (!factors.containsKey(Role.UP) || !factors.containsKey(Role.DOWN)) {
                throw fault("bias " + keys.get(Role.UP_BIAS), "beside both factors of its module", factors.values());
            }
            return;
        }
        boolean onlyDifference = alone && keys.containsKey(Role.DIFFERENCE) && !keys.containsKey(Role.MAGNITUDE);
        if (!hasProduct && !onlyDifference) {
            throw fault("factors of " + parameter, "both there", keys.values());
        }
    }

    private static String weightBeside(String bias) {
        return bias.replaceFirst("bias$", "weight");
    }

    /** PEFT keeps it beside the file; NaN where nothing is said. */
    private double commonAlpha() {
        Path config = path.resolveSibling(CONFIG);
        if (!Files.isRegularFile(config)) {
            return Double.NaN;
        }
        try (InputStream in = Files.newInputStream(config)) {
            JsonNode json = new ObjectMapper().readTree(in);
            if (json.path("use_rslora").asBoolean()
                    || !json.path("alpha_pattern").isEmpty()) {
                throw fault(CONFIG, "without use_rslora and alpha_pattern", "one that has them");
            }
            return json.path("lora_alpha").asDouble(Double.NaN);
        } catch (IOException e) {
            throw new WeightsException("lora: " + config + " must be JSON, got " + e.getMessage(), e);
        }
    }

    /** The model's parameters that it changes. */
    public Set<String> parameters() {
        return matched.keySet();
    }

    /** Names of modules that the model does not have. */
    public List<String> unmatched() {
        return List.copyOf(unmatched);
    }

    /** Names of an image-to-video model's modules, which this text-to-video model lacks without harm. */
    public List<String> absentImageModules() {
        return List.copyOf(absentImageModules);
    }

    /**
     * What is done to a parameter of this shape.
     *
     * @throws WeightsException when it does not fit the shape, or holds NaN or infinite values
     */
    public LoraChange change(String parameter, Shape shape) {
        Map<Role, String> keys = matched.get(parameter);
        long out = shape.rank() < 2 ? 1 : shape.dim(0);
        float[] difference = null;
        if (keys.containsKey(Role.DIFFERENCE)) {
            requireNumel(keys.get(Role.DIFFERENCE), shape.numel(), shape.toString());
            difference = floats(keys.get(Role.DIFFERENCE));
        }
        if (keys.containsKey(Role.UP_BIAS)) {
            requireNumel(keys.get(Role.UP_BIAS), shape.numel(), shape.toString());
            difference = sum(difference, floats(keys.get(Role.UP_BIAS)), factor(matched.get(weightBeside(parameter))));
        }
        float[] magnitude = null;
        if (keys.containsKey(Role.MAGNITUDE)) {
            String key = keys.get(Role.MAGNITUDE);
            requireNumel(key, out, "[" + out + "] or [" + out + ", 1]");
            if (file.shape(key).dim(0) != out) {
                throw fault("shape of " + key, "[" + out + "] or [" + out + ", 1]", file.shape(key));
            }
            magnitude = floats(key);
        }
        if (!keys.containsKey(Role.UP)) {
            return new LoraChange(null, null, 0, 0, difference, magnitude);
        }
        Shape up = file.shape(keys.get(Role.UP));
        Shape down = file.shape(keys.get(Role.DOWN));
        long rank = down.rank() == 0 ? 0 : down.dim(0);
        boolean fits = rank > 0
                && shape.rank() > 1
                && up.rank() > 0
                && up.dim(0) == out
                && up.numel() == out * rank
                && down.numel() == rank * (shape.numel() / Math.max(1, out));
        if (!fits) {
            throw fault("factors of " + parameter, "[out, rank] and [rank, in] for " + shape, up + " and " + down);
        }
        return new LoraChange(
                floats(keys.get(Role.UP)),
                floats(keys.get(Role.DOWN)),
                Math.toIntExact(rank),
                factor(keys),
                difference,
                magnitude);
    }

    /** What a module's product is scaled by: alpha over the rank, 1 where nothing says alpha. */
    private double factor(Map<Role, String> keys) {
        Shape down = file.shape(keys.get(Role.DOWN));
        double alpha = keys.containsKey(Role.ALPHA) ? alpha(keys.get(Role.ALPHA)) : commonAlpha;
        return Double.isNaN(alpha) || down.rank() == 0 ? 1 : alpha / down.dim(0);
    }

    private static float[] sum(float[] difference, float[] more, double factor) {
        float[] sum = difference == null ? new float[more.length] : difference;
        for (int i = 0; i < sum.length; i++) {
            sum[i] += (float) (factor * more[i]);
        }
        return sum;
    }

    private double alpha(String key) {
        requireNumel(key, 1, "[] or [1]");
        return floats(key)[0];
    }

    private void requireNumel(String key, long numel, String rule) {
        if (file.shape(key).numel() != numel) {
            throw fault("shape of " + key, rule, file.shape(key));
        }
    }

    private float[] floats(String key) {
        float[] values = file.floats(key);
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw fault("values of " + key, "finite", value);
            }
        }
        return values;
    }

    private WeightsException fault(String argument, String rule, Object got) {
        return new WeightsException("lora: " + path + ": " + argument + " must be " + rule + ", got " + got);
    }

    @Override
    public void close() {
        file.close();
    }
}
