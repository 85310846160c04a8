package io.fsvideo.weights;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Small tensors of a container as arrays, without a backend. */
public final class TensorValues {
    private static final int PIECE_BYTES = 1 << 16;
    private static final long MOST = 1 << 28;

    private TensorValues() {}

    /** All values of a tensor of a float type in row-major order. @throws WeightsException beyond 2^28 of them, or of another type */
    public static float[] floats(Container file, String key) {
        DType dtype = file.dtype(key);
        long count = file.shapes().get(key).numel();
        if (count > MOST || dtype == DType.I32 || dtype == DType.U8) {
            throw Fault.of(
                    file.description(),
                    Fault.shortened(key),
                    "at most " + MOST + " values of a float type",
                    count + " of " + dtype);
        }
        float[] values = new float[(int) count];
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int step = PIECE_BYTES / dtype.bytes();
        for (int done = 0; done < values.length; done += step) {
            int part = Math.min(step, values.length - done);
            file.read(key, (long) done * dtype.bytes(), piece.clear().limit(part * dtype.bytes()));
            Floats.decode(dtype, piece.flip(), values, done, part);
        }
        return values;
    }
}
