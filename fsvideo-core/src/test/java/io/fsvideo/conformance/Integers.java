package io.fsvideo.conformance;

import io.fsvideo.reference.Values;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** I32 tensors with every bit in use: more than a float can hold. */
final class Integers {
    private Integers() {}

    static Tensor random(Arena a, String name, long... dims) {
        Tensor tensor = a.alloc(name, DType.I32, Shape.of(dims));
        ByteBuffer bytes = buffer(tensor);
        Random random = new Random(name.hashCode());
        while (bytes.hasRemaining()) {
            bytes.putInt(random.nextInt());
        }
        a.backend().copyIn(tensor, 0, bytes.flip());
        return tensor;
    }

    /** The exact elements. */
    static Values exact(Arena a, Tensor tensor) {
        ByteBuffer bytes = buffer(tensor);
        a.backend().copyOut(bytes, tensor, 0);
        bytes.flip();
        double[] values = new double[(int) tensor.numel()];
        for (int i = 0; i < values.length; i++) {
            values[i] = bytes.getInt();
        }
        return new Values(values, tensor.shape().toArray());
    }

    private static ByteBuffer buffer(Tensor tensor) {
        return ByteBuffer.allocateDirect((int) tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }
}
