package io.fsvideo.weightstools.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.weights.ModelGuess;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A checkpoint's tensors with their statistics.
 *
 * @param statistics by name, in the order of names
 * @param findings what the format layer found, or why it refuses the checkpoint
 * @param guesses which models the parts look like
 */
public record Inspection(
        List<StoredInfo> tensors, Map<String, Statistics> statistics, List<String> findings, List<String> guesses) {
    private static final double MEBI = 1 << 20;

    /** Sums over tensors that share a prefix. */
    private record Sum(long tensors, long parameters, long bytes) {
        Sum and(StoredInfo tensor) {
            return new Sum(tensors + 1, parameters + tensor.shape().numel(), bytes + tensor.bytes());
        }
    }

    /**
     * Reads every value once; a block of them is in memory at a time.
     *
     * @param checkpoint as it is stored
     * @param asRead opens the same as a model reads it
     */
    public static Inspection of(Checkpoint checkpoint, Supplier<Checkpoint> asRead, TensorListener listener) {
        List<StoredInfo> tensors = checkpoint.tensors().stream()
                .map(info -> checkpoint.stored(info.name()))
                .toList();
        Map<String, Statistics> statistics = new LinkedHashMap<>();
        for (StoredInfo tensor : tensors) {
            statistics.put(tensor.name(), Statistics.of(checkpoint.values(tensor.name())));
            listener.onTensor(statistics.size(), tensors.size());
        }
        try (Checkpoint read = asRead.get()) {
            return new Inspection(tensors, statistics, read.findings(), ConfigGuess.of(read.tensors()));
        } catch (WeightsException e) {
            String refused = "cannot be opened: " + e.getMessage();
            return new Inspection(tensors, statistics, List.of(refused), List.of(ModelGuess.UNKNOWN));
        }
    }

    /** Names of the tensors with NaN or infinite values. */
    public List<String> notFinite() {
        return tensors.stream()
                .map(StoredInfo::name)
                .filter(name -> !statistics.get(name).isFinite())
                .toList();
    }

    /** The table that people read. */
    public String table() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%-60s %-8s %-22s %12s %12s %12s %12s %12s",
                "tensor",
                "type",
                "shape",
                "bytes",
                "least",
                "greatest",
                "mean",
                "deviation"));
        for (StoredInfo tensor : tensors) {
            lines.add(line(tensor));
        }
        lines.add("");
        prefixes().forEach((prefix, sum) -> lines.add(sumLine(prefix, sum)));
        lines.add("");
        types().forEach((type, sum) -> lines.add(sumLine(type, sum)));
        lines.add(sumLine("all", sums(tensors)));
        findings.forEach(finding -> lines.add("found: " + finding));
        guesses.forEach(guess -> lines.add("looks like " + guess));
        List<String> bad = notFinite();
        lines.add(
                bad.isEmpty() ? "every value is finite" : bad.size() + " tensors hold NaN or infinite values: " + bad);
        return String.join("\n", lines) + "\n";
    }

    private String line(StoredInfo tensor) {
        Statistics s = statistics.get(tensor.name());
        String faults = s.isFinite() ? "" : "  NaN " + s.nans() + ", infinite " + s.infinite();
        return String.format(
                Locale.ROOT,
                "%-60s %-8s %-22s %,12d %12.4g %12.4g %12.4g %12.4g%s",
                tensor.name(),
                tensor.type(),
                tensor.shape(),
                tensor.bytes(),
                s.least(),
                s.greatest(),
                s.mean(),
                s.deviation(),
                faults);
    }

    private static String sumLine(String name, Sum sum) {
        return String.format(
                Locale.ROOT,
                "%-40s %,8d tensors %,18d parameters %,14.2f MiB",
                name,
                sum.tensors(),
                sum.parameters(),
                sum.bytes() / MEBI);
    }

    /** The sums by the first two segments of the name. */
    private Map<String, Sum> prefixes() {
        Map<String, Sum> sums = new TreeMap<>();
        for (StoredInfo tensor : tensors) {
            String[] segments = tensor.name().split("\\.");
            String prefix = segments.length > 2 ? segments[0] + "." + segments[1] : segments[0];
            sums.merge(prefix, new Sum(0, 0, 0).and(tensor), (sum, one) -> sum.and(tensor));
        }
        return sums;
    }

    private Map<String, Sum> types() {
        Map<String, Sum> sums = new TreeMap<>();
        for (StoredInfo tensor : tensors) {
            sums.merge(tensor.type(), new Sum(0, 0, 0).and(tensor), (sum, one) -> sum.and(tensor));
        }
        return sums;
    }

    private static Sum sums(List<StoredInfo> tensors) {
        Sum sum = new Sum(0, 0, 0);
        for (StoredInfo tensor : tensors) {
            sum = sum.and(tensor);
        }
        return sum;
    }

    /** The report for programs. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        Sum all = sums(tensors);
        json.put("tensors", all.tensors()).put("parameters", all.parameters()).put("bytes", all.bytes());
        ArrayNode found = json.putArray("findings");
        findings.forEach(found::add);
        ArrayNode alike = json.putArray("looks_like");
        guesses.forEach(alike::add);
        ObjectNode prefixes = json.putObject("prefixes");
        prefixes()
                .forEach((prefix, sum) -> prefixes.putObject(prefix)
                        .put("tensors", sum.tensors())
                        .put("parameters", sum.parameters())
                        .put("bytes", sum.bytes()));
        ArrayNode rows = json.putArray("rows");
        tensors.forEach(tensor -> row(rows.addObject(), tensor, statistics.get(tensor.name())));
        return json;
    }

    private static void row(ObjectNode json, StoredInfo tensor, Statistics s) {
        json.put("name", tensor.name()).put("type", tensor.type());
        ArrayNode shape = json.putArray("shape");
        for (long dim : tensor.shape().toArray()) {
            shape.add(dim);
        }
        json.put("bytes", tensor.bytes())
                .put("least", s.least())
                .put("greatest", s.greatest())
                .put("mean", s.mean())
                .put("deviation", s.deviation())
                .put("zeros", s.zeros())
                .put("nan", s.nans())
                .put("infinite", s.infinite());
    }
}
