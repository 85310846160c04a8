package io.fsvideo.plan;

import io.fsvideo.Parallel;
import io.fsvideo.pipeline.TransformerWork;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Predicted times of base model and refiner on one and several devices, for people.
 *
 * @since 0.1
 */
public final class ParallelTable {
    private static final double GIGA = 1e9;

    private record Line(Accelerator device, Link link, String part, ParallelCost cost) {}

    private final List<Line> lines = new ArrayList<>();

    private ParallelTable() {}

    /**
     * Every legal way on H100 and H200, over NVLink and PCI Express.
     *
     * @param ranks numbers of devices
     */
    public static ParallelTable of(List<TransformerWork> work, List<Integer> ranks) {
        ParallelTable table = new ParallelTable();
        for (Accelerator device : List.of(Accelerator.h100(), Accelerator.h200())) {
            work.forEach(one -> table.add(one, device, ranks));
        }
        return table;
    }

    private void add(TransformerWork work, Accelerator device, List<Integer> ranks) {
        for (int size : ranks) {
            if (size == 1) {
                lines.add(new Line(
                        device, null, name(work), ParallelCost.of(work, Parallel.TENSOR, 1, device, Link.nvlink4())));
                continue;
            }
            for (Link link : List.of(Link.nvlink4(), Link.pcie5())) {
                for (Parallel way : List.of(Parallel.TENSOR, Parallel.SEQUENCE, Parallel.GUIDANCE)) {
                    if (work.canShare(way, size)) {
                        lines.add(new Line(device, link, name(work), ParallelCost.of(work, way, size, device, link)));
                    }
                }
            }
        }
    }

    /** The model that a request's steps and guidance are for is the base model, whatever its folder. */
    private static String name(TransformerWork work) {
        return work.isGuidable() ? "base" : work.part().folder();
    }

    /** Markdown. Every number is predicted. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("| device | part | devices | way | link | products s | memory s | link s | hidden s | predicted s"
                + " | sent per device GB |\n");
        text.append("|---|---|---|---|---|---|---|---|---|---|---|\n");
        for (Line line : lines) {
            ParallelCost c = line.cost();
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %d | %s | %s | %.2f | %.2f | %.2f | %.2f | **%.2f** | %.2f |%n",
                    line.device().name(),
                    line.part(),
                    c.ranks(),
                    c.ranks() == 1 ? "-" : c.way().name().toLowerCase(Locale.ROOT),
                    line.link() == null ? "-" : line.link().name(),
                    c.productSeconds(),
                    c.memorySeconds(),
                    c.linkSeconds(),
                    c.hiddenSeconds(),
                    c.seconds(),
                    c.bytesMoved() / GIGA));
        }
        return text.toString();
    }
}
