package io.fsvideo.weightstools.checkpoint;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.weights.Container;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The values of one stored tensor in row-major order, a block at a time. */
public final class ValueReader {
    /** Most values of one block. */
    public static final int BLOCK = 1 << 16;

    private final Container file;
    private final String key;
    private final int elementBytes;
    private final long count;
    private final ByteBuffer bytes;
    private final float[] decoded = new float[BLOCK];
    private long done;

    ValueReader(Container file, String key) {
        this.file = file;
        this.key = key;
        this.count = file.shapes().get(key).numel();
        boolean decoded = file.isDecoded(key);
        this.elementBytes =
                decoded ? file.dtype(key).bytes() : count == 0 ? 1 : Math.toIntExact(file.bytes(key) / count);
        this.bytes = ByteBuffer.allocate(BLOCK * elementBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Fills the front of {@code block} with the next values.
     *
     * @param block of {@link #BLOCK} values
     * @return how many; 0 after the last
     */
    public int next(double[] block) {
        int values = (int) Math.min(BLOCK, count - done);
        bytes.clear().limit(values * elementBytes);
        file.read(key, done * elementBytes, bytes);
        bytes.flip();
        done += values;
        if (file.storedType(key).equals("I64")) {
            for (int i = 0; i < values; i++) {
                block[i] = bytes.getLong();
            }
            return values;
        }
        if (file.storedType(key).equals("F8_E5M2")) {
            for (int i = 0; i < values; i++) {
                block[i] = Floats.fromF16((short) (bytes.get() << 8));
            }
            return values;
        }
        decode(block, values);
        return values;
    }

    private void decode(double[] block, int values) {
        DType dtype = file.dtype(key);
        Floats.decode(dtype, bytes, decoded, 0, values);
        for (int i = 0; i < values; i++) {
            block[i] = decoded[i];
        }
    }
}
