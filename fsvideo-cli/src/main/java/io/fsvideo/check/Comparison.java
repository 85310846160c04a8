package io.fsvideo.check;

import io.fsvideo.check.CheckReport.Row;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.TapListener;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the tensors a model produces and holds them against a golden's. */
public final class Comparison {
    private final Golden golden;
    private final Map<String, Row> rows = new LinkedHashMap<>();

    Comparison(Golden golden) {
        this.golden = golden;
    }

    /** Whether the golden holds {@code name} and it was not compared yet. */
    public boolean wants(String name) {
        return golden.has(name) && !rows.containsKey(name);
    }

    /** Compares a tensor laid out as the golden's. */
    public void compare(String name, Tensor actual) {
        compare(name, actual.toFloats(), actual.shape().toArray());
    }

    /** Compares a channels-last tensor with one of the golden's whose channels are axis {@code channelAxis}. */
    public void compareChannelsFirst(String name, Tensor actual, int channelAxis) {
        long[] dims = actual.shape().toArray();
        int last = dims.length - 1;
        long[] moved = new long[dims.length];
        for (int i = 0; i <= last; i++) {
            moved[i] = i < channelAxis ? dims[i] : i == channelAxis ? dims[last] : dims[i - 1];
        }
        compare(name, channelsFirst(actual.toFloats(), dims, channelAxis), moved);
    }

    /** Host values of shape {@code dims} with the last axis moved to {@code channelAxis}. */
    static float[] channelsFirst(float[] values, long[] dims, int channelAxis) {
        int channels = Math.toIntExact(dims[dims.length - 1]);
        int inner = 1;
        for (int i = channelAxis; i < dims.length - 1; i++) {
            inner *= Math.toIntExact(dims[i]);
        }
        float[] moved = new float[values.length];
        int block = inner * channels;
        for (int i = 0; i < values.length; i++) {
            int within = i % block;
            moved[i - within + within % channels * inner + within / channels] = values[i];
        }
        return moved;
    }

    /** Compares host values of shape {@code dims}. */
    public void compare(String name, float[] actual, long... dims) {
        if (!golden.has(name)) {
            throw new GoldenException("compare: name must be a tensor of golden " + golden.name() + ", got " + name);
        }
        Row row = row(name, actual, Shape.of(dims));
        rows.merge(name, row, (earlier, later) -> earlier.passed() ? later : earlier);
    }

    private Row row(String name, float[] actual, Shape shape) {
        double tolerance = golden.tolerance(name);
        Shape expectedShape = golden.shape(name);
        if (!shape.equals(expectedShape)) {
            return new Row(name, Double.NaN, tolerance, "shape must be " + expectedShape + ", got " + shape);
        }
        if (!(tolerance >= 0)) {
            return new Row(
                    name, Double.NaN, tolerance, "config.json must give tolerance.\"" + name + "\".abs, got none");
        }
        float[] expected = golden.values(name);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double diff = Math.abs((double) actual[i] - expected[i]);
            if (!(diff <= worst)) {
                worst = diff;
                if (Double.isNaN(diff)) {
                    return new Row(
                            name, diff, tolerance, "element " + i + " must be " + expected[i] + ", got " + actual[i]);
                }
            }
        }
        return new Row(name, worst, tolerance, null);
    }

    /** Compares every tapped tensor {@code t} the golden holds as {@code prefix + t} and in the same layout. */
    public TapListener taps(String prefix) {
        return (name, tensor) -> {
            if (wants(prefix + name)) {
                compare(prefix + name, tensor);
            }
        };
    }

    /** Everything compared so far; outputs of the golden that were not produced are failures, intermediates are skipped. */
    CheckReport report() {
        List<Row> all = new ArrayList<>(rows.values());
        List<String> skipped = new ArrayList<>();
        for (String name : golden.names()) {
            if (!wants(name) || name.startsWith("input.")) {
                continue;
            }
            if (name.startsWith("output.") && !name.startsWith("output.tap.")) {
                all.add(new Row(name, Double.NaN, golden.tolerance(name), "must be produced, got nothing"));
            } else {
                skipped.add(name);
            }
        }
        return new CheckReport(golden.name(), all, skipped);
    }
}
