package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Places that never overlap, and a rehearsal's size that holds the work itself. */
class RegionTest {
    @Test
    void freedNeighboursBecomeOne() {
        Region region = new Region();
        long[] places = {region.take(256), region.take(1), region.take(300), region.take(256)};
        assertEquals(List.of(0L, 256L, 512L, 1024L), List.of(places[0], places[1], places[2], places[3]));
        region.give(places[0]);
        region.give(places[2]);
        region.give(places[1]);
        assertEquals(0, region.take(1024));
        assertEquals(1280, region.take(1));
        assertEquals(1536, region.bytes());
        assertThrows(IllegalStateException.class, () -> region.give(512));
    }

    @Test
    void theLastGapGrows() {
        Region region = new Region();
        region.take(256);
        region.give(region.take(256));
        assertEquals(256, region.take(1000));
        assertEquals(1280, region.bytes());
    }

    @Test
    void placesNeverOverlap() {
        SplittableRandom random = new SplittableRandom(1);
        Region region = new Region();
        TreeMap<Long, Long> live = new TreeMap<>();
        for (int i = 0; i < 2000; i++) {
            if (random.nextInt(5) < 3) {
                long bytes = 1 + random.nextInt(5000);
                long place = region.take(bytes);
                Map.Entry<Long, Long> before = live.floorEntry(place);
                assertTrue(before == null || before.getKey() + before.getValue() <= place);
                Long behind = live.ceilingKey(place);
                assertTrue(behind == null || place + bytes <= behind);
                assertTrue(place + bytes <= region.bytes());
                live.put(place, bytes);
            } else if (!live.isEmpty()) {
                List<Long> places = new ArrayList<>(live.keySet());
                long place = places.get(random.nextInt(places.size()));
                live.remove(place);
                region.give(place);
            }
        }
    }

    @Test
    void aTraceForgetsWhatOutlivesItsWorkButTheResult() {
        MemoryTrace trace = new MemoryTrace();
        trace.taken(1000, 512); // a table that is kept for later
        trace.taken(2000, 256);
        trace.taken(3000, 256);
        trace.given(2000);
        trace.given(999); // of somebody else
        assertEquals(512, trace.regionBytes(3000));
    }
}
