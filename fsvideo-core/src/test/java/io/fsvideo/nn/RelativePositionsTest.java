package io.fsvideo.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelativePositionsTest {
    private static final RelativePositions UMT5 = new RelativePositions(32, 128);

    /** First distances of each logarithmic bucket, printed by Wan2.1's encoder. */
    @ParameterizedTest
    @CsvSource({"8, 24", "12, 25", "16, 26", "23, 27", "32, 28", "46, 29", "64, 30", "91, 31"})
    void startsBucketsWhereUmt5Does(int distance, int bucket) {
        assertEquals(bucket, UMT5.bucket(distance));
        assertEquals(bucket - 1, UMT5.bucket(distance - 1));
        assertEquals(bucket - 16, UMT5.bucket(-distance));
    }

    @Test
    void isExactNearbyAndConstantFarAway() {
        assertEquals(0, UMT5.bucket(0));
        assertEquals(17, UMT5.bucket(1));
        assertEquals(1, UMT5.bucket(-1));
        assertEquals(31, UMT5.bucket(100_000));
        assertEquals(15, UMT5.bucket(-100_000));
    }
}
