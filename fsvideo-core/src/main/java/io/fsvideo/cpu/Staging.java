package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;

/**
 * Heap blocks for plain Java loops, which the JIT compiler vectorises over heap arrays but not over native memory, and the copies and
 * conversions between the two. One per thread.
 */
final class Staging {
    /** Elements of a usual block: small enough for the first-level cache. */
    static final int BLOCK = 4096;

    private static final int SLOTS = 8;

    private final Floats32 floats = new Floats32();
    private final Shorts shortsPointer = new Shorts();
    private final Ints intsPointer = new Ints();
    private final Bytes bytesPointer = new Bytes();
    private final float[][] blocks = new float[SLOTS][0];
    private short[] shorts = new short[0];
    private int[] ints = new int[0];
    private byte[] bytes = new byte[0];

    /** Reusable heap block {@code slot} of at least {@code size} elements; contents undefined. */
    float[] block(int slot, int size) {
        if (blocks[slot].length < size) {
            blocks[slot] = new float[size];
        }
        return blocks[slot];
    }

    /** Reads {@code count} elements of {@code dtype} as floats. */
    void load(DType dtype, long address, float[] target, int offset, int count) {
        switch (dtype) {
            case F32 -> floats.at(address).get(target, offset, count);
            case BF16 -> {
                short[] raw = loadShorts(address, count);
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Floats.fromBf16(raw[i]);
                }
            }
            case F16 -> {
                short[] raw = loadShorts(address, count);
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Floats.fromF16(raw[i]);
                }
            }
            case F8_E4M3, U8 -> loadBytes(dtype, address, target, offset, count);
            case I32 -> {
                int[] raw = loadInts(address, count);
                for (int i = 0; i < count; i++) {
                    target[offset + i] = raw[i];
                }
            }
        }
    }

    private void loadBytes(DType dtype, long address, float[] target, int offset, int count) {
        bytes = bytes.length < count ? new byte[count] : bytes;
        bytesPointer.at(address).get(bytes, 0, count);
        for (int i = 0; i < count; i++) {
            target[offset + i] = dtype == DType.U8 ? bytes[i] & 0xff : Floats.fromF8(bytes[i]);
        }
    }

    private short[] loadShorts(long address, int count) {
        shorts = shorts.length < count ? new short[count] : shorts;
        shortsPointer.at(address).get(shorts, 0, count);
        return shorts;
    }

    /** Reads I32 elements; the array is reused by the next call. */
    int[] loadInts(long address, int count) {
        ints = ints.length < count ? new int[count] : ints;
        intsPointer.at(address).get(ints, 0, count);
        return ints;
    }

    /** Writes {@code count} floats as elements of {@code dtype}. */
    void store(DType dtype, float[] source, int offset, int count, long address) {
        switch (dtype) {
            case F32 -> floats.at(address).put(source, offset, count);
            case BF16 -> {
                shorts = shorts.length < count ? new short[count] : shorts;
                for (int i = 0; i < count; i++) {
                    shorts[i] = Floats.toBf16(source[offset + i]);
                }
                shortsPointer.at(address).put(shorts, 0, count);
            }
            case F16 -> {
                shorts = shorts.length < count ? new short[count] : shorts;
                for (int i = 0; i < count; i++) {
                    shorts[i] = Floats.toF16(source[offset + i]);
                }
                shortsPointer.at(address).put(shorts, 0, count);
            }
            case F8_E4M3, U8 -> storeBytes(dtype, source, offset, count, address);
            case I32 -> {
                ints = ints.length < count ? new int[count] : ints;
                for (int i = 0; i < count; i++) {
                    ints[i] = (int) source[offset + i];
                }
                intsPointer.at(address).put(ints, 0, count);
            }
        }
    }

    private void storeBytes(DType dtype, float[] source, int offset, int count, long address) {
        bytes = bytes.length < count ? new byte[count] : bytes;
        for (int i = 0; i < count; i++) {
            float value = source[offset + i];
            bytes[i] = dtype == DType.U8 ? (byte) (int) value : Floats.toF8(value);
        }
        bytesPointer.at(address).put(bytes, 0, count);
    }

    /** Raw bytes out. */
    void storeBytes(byte[] source, int count, long address) {
        bytesPointer.at(address).put(source, 0, count);
    }

    /** Raw bytes in. */
    void loadBytes(long address, byte[] target, int count) {
        bytesPointer.at(address).get(target, 0, count);
    }

    /** Copies {@code count} elements, converting; through block {@code 0}. */
    void convert(DType from, long source, DType to, long target, long count) {
        float[] values = block(0, BLOCK);
        for (long done = 0; done < count; done += BLOCK) {
            int step = (int) Math.min(BLOCK, count - done);
            load(from, source + done * from.bytes(), values, 0, step);
            store(to, values, 0, step, target + done * to.bytes());
        }
    }

    // JavaCPP's typed pointers, movable: the inherited field is the only way to re-aim one without making garbage.

    private static final class Floats32 extends FloatPointer {
        Floats32() {
            super((Pointer) null);
        }

        Floats32 at(long value) {
            address = value;
            return this;
        }
    }

    private static final class Shorts extends ShortPointer {
        Shorts() {
            super((Pointer) null);
        }

        Shorts at(long value) {
            address = value;
            return this;
        }
    }

    private static final class Ints extends IntPointer {
        Ints() {
            super((Pointer) null);
        }

        Ints at(long value) {
            address = value;
            return this;
        }
    }

    private static final class Bytes extends BytePointer {
        Bytes() {
            super((Pointer) null);
        }

        Bytes at(long value) {
            address = value;
            return this;
        }
    }
}
