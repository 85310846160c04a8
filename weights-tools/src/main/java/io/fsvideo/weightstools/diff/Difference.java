package io.fsvideo.weightstools.diff;

import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorListener;
import io.fsvideo.weightstools.checkpoint.ValueReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * One tensor in two checkpoints.
 *
 * @param remark why values were not compared; empty where they were
 * @param greatest largest absolute difference; infinite where one value is NaN or infinite and the other is not the same
 * @param relative {@code greatest} over the largest absolute value of the first
 * @param unequal values that differ
 * @param count values of the tensor
 */
public record Difference(String name, String remark, double greatest, double relative, long unequal, long count) {
    /** Every tensor of either, by name; a block of values of each is in memory at a time. */
    public static List<Difference> between(Checkpoint a, Checkpoint b, TensorListener listener) {
        TreeSet<String> names = new TreeSet<>();
        a.tensors().forEach(tensor -> names.add(tensor.name()));
        b.tensors().forEach(tensor -> names.add(tensor.name()));
        List<Difference> differences = new ArrayList<>();
        for (String name : names) {
            differences.add(of(name, a, b));
            listener.onTensor(differences.size(), names.size());
        }
        return differences;
    }

    private static Difference of(String name, Checkpoint a, Checkpoint b) {
        if (!a.has(name) || !b.has(name)) {
            return remarked(name, "only in the " + (a.has(name) ? "first" : "second"));
        }
        StoredInfo first = a.info(name);
        StoredInfo second = b.info(name);
        if (!first.shape().equals(second.shape())) {
            return remarked(name, "shape " + first.shape() + " and " + second.shape());
        }
        return compared(name, a.values(name), b.values(name), first.shape().numel());
    }

    private static Difference remarked(String name, String remark) {
        return new Difference(name, remark, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 0);
    }

    private static Difference compared(String name, ValueReader a, ValueReader b, long count) {
        double[] first = new double[ValueReader.BLOCK];
        double[] second = new double[ValueReader.BLOCK];
        double greatest = 0;
        double scale = 0;
        long unequal = 0;
        for (int values = a.next(first); values > 0; values = a.next(first)) {
            b.next(second);
            for (int i = 0; i < values; i++) {
                double difference = distance(first[i], second[i]);
                greatest = Math.max(greatest, difference);
                unequal += difference == 0 ? 0 : 1;
                scale = Double.isFinite(first[i]) ? Math.max(scale, Math.abs(first[i])) : scale;
            }
        }
        return new Difference(name, "", greatest, greatest == 0 ? 0 : greatest / scale, unequal, count);
    }

    private static double distance(double a, double b) {
        if (Double.compare(a, b) == 0) {
            return 0;
        }
        double difference = Math.abs(a - b);
        return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }

    /** Whether the tensors are there, of one shape and no further apart. */
    public boolean isWithin(double absolute, double relativeTolerance) {
        return remark.isEmpty() && (greatest <= absolute || relative <= relativeTolerance);
    }

    @Override
    public String toString() {
        return remark.isEmpty()
                ? String.format(
                        Locale.ROOT, "%-60s %12.4g %12.4g %,14d of %,d", name, greatest, relative, unequal, count)
                : String.format(Locale.ROOT, "%-60s %s", name, remark);
    }
}
