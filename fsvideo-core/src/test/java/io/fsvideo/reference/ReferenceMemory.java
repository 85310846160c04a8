package io.fsvideo.reference;

import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Blocks on the heap under made-up addresses. New blocks are NaN in every float dtype, so that an element left unwritten shows. */
final class ReferenceMemory {
    private static final long FIRST_ADDRESS = 1L << 20;
    private static final int TIE = 0x8000;

    private final long limit;
    private final NavigableMap<Long, byte[]> blocks = new ConcurrentSkipListMap<>();
    private long next = FIRST_ADDRESS;
    private long inUse;
    private long peak;

    ReferenceMemory(long limit) {
        this.limit = limit;
    }

    synchronized long allocate(long bytes) {
        if (bytes > limit - inUse) {
            throw new OutOfMemoryException("reference: memory must stay within " + limit + " bytes, got a request of "
                    + bytes + " with " + inUse + " in use");
        }
        byte[] block = new byte[Math.toIntExact(bytes)];
        Arrays.fill(block, (byte) 0xff);
        long address = next;
        next += Math.max(64, (bytes + 63) / 64 * 64);
        blocks.put(address, block);
        inUse += bytes;
        peak = Math.max(peak, inUse);
        return address;
    }

    synchronized void free(long address, long bytes) {
        byte[] block = blocks.remove(address);
        if (block == null || block.length != bytes) {
            throw new IllegalStateException(
                    "reference: address must be live with its size, got " + address + " of " + bytes);
        }
        inUse -= bytes;
    }

    synchronized long bytesInUse() {
        return inUse;
    }

    synchronized long peakBytes() {
        return peak;
    }

    synchronized void resetPeak() {
        peak = inUse;
    }

    /** The tensor's bytes, little endian, from position 0. */
    ByteBuffer bytes(Tensor tensor) {
        Map.Entry<Long, byte[]> block = blocks.floorEntry(tensor.address());
        int offset = Math.toIntExact(tensor.address() - block.getKey());
        return ByteBuffer.wrap(block.getValue())
                .slice(offset, Math.toIntExact(tensor.bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Every element, exactly; null for null. */
    Values read(Tensor tensor) {
        if (tensor == null) {
            return null;
        }
        double[] values = new double[Math.toIntExact(tensor.numel())];
        ByteBuffer source = bytes(tensor);
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (tensor.dtype()) {
                case F32 -> source.getFloat();
                case BF16 -> Floats.fromBf16(source.getShort());
                case F16 -> Floats.fromF16(source.getShort());
                case F8_E4M3 -> Floats.fromF8(source.get());
                case I32 -> source.getInt();
                case U8 -> source.get() & 0xff;
            };
        }
        return new Values(values, tensor.shape().toArray());
    }

    /** Stores {@code values}, each rounded once to the tensor's dtype. */
    void write(Tensor tensor, double[] values) {
        ByteBuffer target = bytes(tensor);
        for (double value : values) {
            switch (tensor.dtype()) {
                case F32 -> target.putFloat((float) value);
                case BF16 -> target.putShort(Floats.toBf16(beforeBf16(value)));
                case F16 -> target.putShort(Floats.toF16((float) value));
                case F8_E4M3 -> target.put(Floats.toF8((float) value));
                case I32 -> target.putInt((int) value);
                case U8 -> target.put((byte) Math.max(0, Math.min(255, (int) value)));
            }
        }
    }

    /** A float that rounds to the same BF16 as {@code value}: one that became a tie is moved back to its side. */
    private static float beforeBf16(double value) {
        float rounded = (float) value;
        boolean tie = (Float.floatToRawIntBits(rounded) & 0xffff) == TIE;
        return tie && rounded != value ? Math.nextAfter(rounded, value) : rounded;
    }
}
