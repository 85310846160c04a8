package io.fsvideo.weightstools.checkpoint;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.weights.Container;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.DoubleSupplier;

/** The values of one stored tensor in row-major order, a block at a time. */
public final class ValueReader {
    /** Most values of one block. */
    public static final int BLOCK = 1 << 16;

    private final Container file;
    private final String key;
    private final boolean decoded;
    private final int elementBytes;
    private final long count;
    private final ByteBuffer bytes;
    private final float[] floats = new float[BLOCK];
    private long done;

    ValueReader(Container file, String key) {
        this.file = file;
        this.key = key;
        this.count = file.shapes().get(key).numel();
        this.decoded = file.isDecoded(key);
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
        switch (decoded ? "" : file.storedType(key)) {
            case "I64" -> fill(block, values, bytes::getLong);
            case "F64" -> fill(block, values, bytes::getDouble);
            case "F8_E5M2" -> fill(block, values, () -> Floats.fromF16((short) (bytes.get() << Byte.SIZE)));
            default -> decode(block, values);
        }
        return values;
    }

    private static void fill(double[] block, int values, DoubleSupplier next) {
        for (int i = 0; i < values; i++) {
            block[i] = next.getAsDouble();
        }
    }

    private void decode(double[] block, int values) {
        DType dtype = file.dtype(key);
        Floats.decode(dtype, bytes, floats, 0, values);
        for (int i = 0; i < values; i++) {
            block[i] = floats[i];
        }
    }
}
