package io.fsvideo.nn;

/**
 * Buckets of relative positions: half for keys before the query, half for keys after it; of each half, the first half is exact and
 * the rest grows logarithmically up to a largest distance. Source: Wan2.1 wan/modules/t5.py @9737cba.
 *
 * @param buckets number of buckets, at least 4
 * @param maxDistance distance from which on the last bucket is used
 */
public record RelativePositions(int buckets, int maxDistance) {
    /** Bucket of a key {@code distance} positions after the query (negative: before it). */
    public int bucket(int distance) {
        int half = buckets / 2;
        int exact = half / 2;
        int start = distance > 0 ? half : 0;
        int away = Math.abs(distance);
        if (away < exact) {
            return start + away;
        }
        double growth = Math.log((double) away / exact) / Math.log((double) maxDistance / exact);
        return start + Math.min(half - 1, exact + (int) (growth * (half - exact)));
    }
}
