package io.fsvideo.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** All bits of the small float formats, and every rounding boundary between them. */
class FloatsTest {
    /** A format by its definition: sign, exponent bits, mantissa bits, bias. */
    private enum Format {
        BF16(8, 7, 127, true),
        F16(5, 10, 15, true),
        F8_E4M3(4, 3, 7, false);

        final int exponentBits;
        final int mantissaBits;
        final int bias;
        final boolean infinite;

        Format(int exponentBits, int mantissaBits, int bias, boolean infinite) {
            this.exponentBits = exponentBits;
            this.mantissaBits = mantissaBits;
            this.bias = bias;
            this.infinite = infinite;
        }

        int signBit() {
            return 1 << exponentBits + mantissaBits;
        }

        /** Bits of the largest finite number; above come infinity (if any) and NaN. */
        int largest() {
            return infinite ? ((1 << exponentBits) - 1 << mantissaBits) - 1 : signBit() - 2;
        }

        boolean isNaN(int bits) {
            return (bits & signBit() - 1) > largest() + (infinite ? 1 : 0);
        }

        double value(int bits) {
            int magnitude = bits & signBit() - 1;
            int exponent = magnitude >> mantissaBits;
            int mantissa = magnitude & (1 << mantissaBits) - 1;
            double one = exponent == 0 ? 0 : 1;
            double value = (one + mantissa * Math.pow(2, -mantissaBits)) * Math.pow(2, Math.max(1, exponent) - bias);
            value = infinite && magnitude == largest() + 1 ? Double.POSITIVE_INFINITY : value;
            return isNaN(bits) ? Double.NaN : (bits & signBit()) == 0 ? value : -value;
        }

        float decode(int bits) {
            return switch (this) {
                case BF16 -> Floats.fromBf16((short) bits);
                case F16 -> Floats.fromF16((short) bits);
                case F8_E4M3 -> Floats.fromF8((byte) bits);
            };
        }

        int encode(float value) {
            return switch (this) {
                case BF16 -> Floats.toBf16(value) & 0xffff;
                case F16 -> Floats.toF16(value) & 0xffff;
                case F8_E4M3 -> Floats.toF8(value) & 0xff;
            };
        }

        /** Bits for what is too large. */
        int overflow() {
            return infinite ? largest() + 1 : largest();
        }
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void everyPatternDecodesByItsDefinition(Format format) {
        for (int bits = 0; bits < 2 * format.signBit(); bits++) {
            float expected = (float) format.value(bits);
            assertEquals(
                    Float.floatToIntBits(expected), Float.floatToIntBits(abs(format.decode(bits))), "bits " + bits);
        }
    }

    /** The sign of NaN means nothing. */
    private static float abs(float value) {
        return Float.isNaN(value) ? Float.NaN : value;
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void everyPatternSurvivesARoundTrip(Format format) {
        for (int bits = 0; bits < 2 * format.signBit(); bits++) {
            int again = format.encode(format.decode(bits));
            if (format.isNaN(bits)) {
                assertTrue(format.isNaN(again), "NaN bits " + bits + " became " + again);
            } else {
                assertEquals(bits, again);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void roundsToNearestAndTiesToEven(Format format) {
        for (int low = 0; low < format.largest(); low++) {
            float tie = (float) ((format.value(low) + format.value(low + 1)) / 2);
            int even = low + (low & 1);
            for (int sign : new int[] {0, format.signBit()}) {
                float factor = sign == 0 ? 1 : -1;
                assertEquals(sign | even, format.encode(factor * tie), "tie above " + low);
                assertEquals(sign | low, format.encode(factor * Math.nextDown(tie)), "below the tie above " + low);
                assertEquals(sign | low + 1, format.encode(factor * Math.nextUp(tie)), "above the tie above " + low);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void overflowsAsDocumented(Format format) {
        double top = format.value(format.largest());
        float edge = (float) (top + (top - format.value(format.largest() - 1)) / 2);
        assertEquals(format.largest(), format.encode(Math.nextDown(edge)));
        for (float value : new float[] {edge, Math.nextUp(edge), Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
            assertEquals(format.overflow(), format.encode(value));
            assertEquals(format.signBit() | format.overflow(), format.encode(-value));
        }
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void keepsSignedZeroAndNaN(Format format) {
        assertEquals(0, format.encode(0f));
        assertEquals(format.signBit(), format.encode(-0f));
        assertEquals(format.signBit(), format.encode(-Float.MIN_VALUE));
        for (int bits : new int[] {0x7f800001, 0x7fc00000, 0x7fffffff, 0xff800001, 0xffffffff}) {
            assertTrue(format.isNaN(format.encode(Float.intBitsToFloat(bits))), Integer.toHexString(bits));
        }
    }

    @Test
    void knownNumbers() {
        assertEquals(0x3f80, Floats.toBf16(1f));
        assertEquals(0x3c00, Floats.toF16(1f));
        assertEquals(0x38, Floats.toF8(1f));
        assertEquals(0x7bff, Floats.toF16(65519.996f));
        assertEquals(0x7c00, Floats.toF16(65520f));
        assertEquals(448f, Floats.fromF8((byte) 0x7e));
        assertEquals(0x1p-24f, Floats.fromF16((short) 1));
        assertEquals(0x1p-9f, Floats.fromF8((byte) 1));
        assertEquals(3.140625f, Floats.fromBf16(Floats.toBf16((float) Math.PI)));
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void buffersHoldRoundedValuesInLittleEndian(DType dtype) {
        float[] values = {9, 0, 1, -2.5f, 255, 300, 100_000, -1e30f, Float.NaN, 9};
        ByteBuffer buffer = ByteBuffer.allocate(8 * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        Floats.encode(dtype, values, 1, 8, buffer);
        assertEquals(0, buffer.remaining());
        float[] back = new float[10];
        Floats.decode(dtype, buffer.flip(), back, 1, 8);
        float inf = Float.POSITIVE_INFINITY;
        float[] expected = switch (dtype) {
            case F32 -> new float[] {0, 0, 1, -2.5f, 255, 300, 100_000, -1e30f, Float.NaN, 0};
            case BF16 -> new float[] {0, 0, 1, -2.5f, 255, 300, 99_840, Format.BF16.decode(0xf14a), Float.NaN, 0};
            case F16 -> new float[] {0, 0, 1, -2.5f, 255, 300, inf, -inf, Float.NaN, 0};
            case F8_E4M3 -> new float[] {0, 0, 1, -2.5f, 256, 288, 448, -448, Float.NaN, 0};
            case I32 -> new float[] {0, 0, 1, -2, 255, 300, 100_000, Integer.MIN_VALUE, 0, 0};
            case U8 -> new float[] {0, 0, 1, 0, 255, 255, 255, 0, 0, 0};
        };
        assertArrayEquals(expected, back);
        ByteBuffer one = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        Floats.encode(DType.I32, new float[] {258}, 0, 1, one);
        assertArrayEquals(new byte[] {2, 1, 0, 0}, one.array());
    }
}
