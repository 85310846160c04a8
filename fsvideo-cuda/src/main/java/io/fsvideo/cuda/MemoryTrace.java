package io.fsvideo.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The blocks that some work took and gave back, in order. */
final class MemoryTrace {
    /** A block taken, or given back when {@code bytes} is negative. */
    private record Step(int block, long bytes) {}

    private static final long GIVEN = -1;

    private final List<Step> steps = new ArrayList<>();
    private final Map<Long, Integer> live = new HashMap<>();
    private int blocks;

    void taken(long address, long bytes) {
        live.put(address, blocks);
        steps.add(new Step(blocks++, bytes));
    }

    /** Blocks that were taken before are no part of the work. */
    void given(long address) {
        Integer block = live.remove(address);
        if (block != null) {
            steps.add(new Step(block, GIVEN));
        }
    }

    /** Bytes of a region in which the same work finds room; of the blocks never given back, only {@code result} is taken again. */
    long regionBytes(long result) {
        Integer kept = live.get(result);
        Region region = new Region();
        Map<Integer, Long> offsets = new HashMap<>();
        for (Step step : steps) {
            if (step.bytes() == GIVEN) {
                region.give(offsets.remove(step.block()));
            } else if (!live.containsValue(step.block())
                    || Integer.valueOf(step.block()).equals(kept)) {
                offsets.put(step.block(), region.take(step.bytes()));
            }
        }
        return region.bytes();
    }
}
