package io.fsvideo.tensor;

import java.nio.ByteBuffer;

/** Conversions between Java floats and the bits of every {@link DType}; the definition all backends follow. */
public final class Floats {
    private static final float F8_MAX = 448f;
    private static final int BF16_ROUND = 0x7fff;

    private Floats() {}

    /** BF16 bits, round to nearest even; NaN stays NaN. */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7fffffff) > 0x7f800000) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + BF16_ROUND + ((bits >>> 16) & 1)) >>> 16);
    }

    public static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** F16 bits, round to nearest even, overflow to infinity. */
    public static short toF16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude > 0x7f800000) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 0x477ff000) {
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x38800000) {
            float scaled = Math.abs(value) * 0x1p24f;
            return (short) (sign | (int) Math.rint(scaled));
        }
        int rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
        return (short) (sign | ((rounded - 0x38000000) >>> 13));
    }

    public static float fromF16(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >>> 10) & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0) {
            float magnitude = mantissa * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int bits = exponent == 31 ? 0x7f800000 | mantissa << 13 : (exponent + 112) << 23 | mantissa << 13;
        return Float.intBitsToFloat(sign | bits);
    }

    /** F8 E4M3 bits, round to nearest even, saturating at 448; NaN stays NaN. */
    public static byte toF8(float value) {
        int sign = (Float.floatToRawIntBits(value) >>> 24) & 0x80;
        if (Float.isNaN(value)) {
            return (byte) (sign | 0x7f);
        }
        float magnitude = Math.min(Math.abs(value), F8_MAX);
        if (magnitude < 0x1p-6f) {
            return (byte) (sign | (int) Math.rint(magnitude * 0x1p9f));
        }
        int bits = Float.floatToRawIntBits(magnitude);
        int rounded = bits + 0x7ffff + ((bits >>> 20) & 1);
        return (byte) (sign | ((rounded - (120 << 23)) >>> 20));
    }

    public static float fromF8(byte bits) {
        int exponent = (bits >>> 3) & 0xf;
        int mantissa = bits & 7;
        float magnitude;
        if (exponent == 15 && mantissa == 7) {
            magnitude = Float.NaN;
        } else if (exponent == 0) {
            magnitude = mantissa * 0x1p-9f;
        } else {
            magnitude = Float.intBitsToFloat((exponent + 120) << 23 | mantissa << 20);
        }
        return bits < 0 ? -magnitude : magnitude;
    }

    /** Reads {@code count} elements of {@code source} from its position on. */
    public static void decode(DType dtype, ByteBuffer source, float[] target, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            target[i] = switch (dtype) {
                case F32 -> source.getFloat();
                case BF16 -> fromBf16(source.getShort());
                case F16 -> fromF16(source.getShort());
                case F8_E4M3 -> fromF8(source.get());
                case I32 -> source.getInt();
                case U8 -> source.get() & 0xff;
            };
        }
    }

    /** Writes {@code count} elements to {@code target} at its position; integers are rounded towards zero and saturate. */
    public static void encode(DType dtype, float[] source, int offset, int count, ByteBuffer target) {
        for (int i = offset; i < offset + count; i++) {
            float value = source[i];
            switch (dtype) {
                case F32 -> target.putFloat(value);
                case BF16 -> target.putShort(toBf16(value));
                case F16 -> target.putShort(toF16(value));
                case F8_E4M3 -> target.put(toF8(value));
                case I32 -> target.putInt((int) value);
                case U8 -> target.put((byte) Math.max(0, Math.min(255, (int) value)));
            }
        }
    }
}
