package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import java.util.EnumMap;
import java.util.Map;

/** Queues fills, conversions and moves of raw device memory, for launchers that need their operands in another form. */
final class DeviceCopies {
    private static final int BLOCK = 256;
    private static final int CHUNK = 16;
    private static final int TILE = 32;
    private static final int CAST_ELEMENTS = 4;

    private final Kernels kernels;
    private final Launch fill;
    private final Launch rows;
    private final Launch parts;
    private final Map<DType, Map<DType, Launch>> casts = new EnumMap<>(DType.class);
    private final Launch[] transposes;

    DeviceCopies(Device device) {
        kernels = device.kernels();
        fill = kernels.entry("fill", "fill");
        rows = kernels.entry("concat", "concat");
        parts = kernels.entry("slice", "slice");
        transposes = new Launch[] {
            kernels.entry("permute", "permute_b8"),
            kernels.entry("permute", "permute_b16"),
            kernels.entry("permute", "permute_b32")
        };
    }

    void zero(long address, long bytes) {
        if (bytes > 0) {
            fill.begin()
                    .threads(chunks(bytes), BLOCK)
                    .pointer(address)
                    .int64(bytes)
                    .int32(0)
                    .run();
        }
    }

    /** Sets {@code count} F32 numbers. */
    void fill(long address, float value, long count) {
        fill.begin()
                .threads(chunks(count * Float.BYTES), BLOCK)
                .pointer(address)
                .int64(count * Float.BYTES)
                .int32(Float.floatToRawIntBits(value))
                .run();
    }

    /** Copies {@code count} rows of {@code bytes}, dense at {@code source}, to rows {@code pitch} bytes apart. */
    void place(long target, long pitch, long source, long bytes, long count) {
        if (bytes > 0 && count > 0) {
            rows.begin()
                    .threads(count * chunks(bytes), BLOCK)
                    .pointer(target)
                    .pointer(source)
                    .int64(pitch)
                    .int64(bytes)
                    .int64(count)
                    .run();
        }
    }

    /** Copies the first {@code bytes} of {@code count} rows that are {@code pitch} bytes apart to dense rows at {@code target}. */
    void take(long target, long source, long pitch, long bytes, long count) {
        parts.begin()
                .threads(count * chunks(bytes), BLOCK)
                .pointer(target)
                .pointer(source)
                .int64(pitch)
                .int64(bytes)
                .int64(count)
                .run();
    }

    private static long chunks(long bytes) {
        return (bytes + CHUNK - 1) / CHUNK;
    }

    /** Converts {@code count} elements. */
    void convert(DType from, long source, DType to, long target, long count) {
        if (count > 0) {
            casts.computeIfAbsent(from, key -> new EnumMap<>(DType.class))
                    .computeIfAbsent(to, key -> kernels.entry("cast", "cast_" + code(from) + "_" + code(to)))
                    .begin()
                    .threads((count + CAST_ELEMENTS - 1) / CAST_ELEMENTS, BLOCK)
                    .pointer(target)
                    .pointer(source)
                    .int64(count)
                    .run();
        }
    }

    private static String code(DType dtype) {
        return switch (dtype) {
            case F32 -> "f32";
            case BF16 -> "bf16";
            case F16 -> "f16";
            case F8_E4M3 -> "f8";
            case I32 -> "i32";
            case U8 -> "u8";
        };
    }

    /** Exchanges the last two axes of {@code [count, height, width]}. */
    void transpose(DType dtype, long target, long source, long count, long height, long width) {
        if (count * height * width > 0) {
            Launch launch = transposes[Integer.numberOfTrailingZeros(dtype.bytes())];
            launch.begin()
                    .grid(count * ((height + TILE - 1) / TILE) * ((width + TILE - 1) / TILE))
                    .block(BLOCK)
                    .pointer(target)
                    .pointer(source)
                    .longs(new long[] {1, 1, 1, count, width, height})
                    .longs(new long[] {0, 0, 0, height * width, 1, width})
                    .int32(4)
                    .run();
        }
    }
}
