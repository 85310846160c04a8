package io.fsvideo.cuda;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.bytedeco.cuda.cudart.CUtensorMap;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;

/** Encodes tensor maps through JavaCPP, which has the one function of the driver's that JCuda lacks; makes no garbage. */
final class TensorMapEncoder {
    private static final int MAP_BYTES = 128;
    private static final int ALIGNMENT = 64;
    private static final int MOST_AXES = 5;

    private final DriverCalls calls;
    private final ByteBuffer encoded =
            ByteBuffer.allocateDirect(MAP_BYTES + ALIGNMENT).alignedSlice(ALIGNMENT);
    private final CUtensorMap map = new CUtensorMap(new Pointer(encoded));
    private final DataAddress data = new DataAddress();
    private final int[] steps = new int[MOST_AXES];

    TensorMapEncoder(DriverCalls calls) {
        this.calls = calls;
        Arrays.fill(steps, 1);
    }

    void encode(TensorMap source, ByteBuffer target, int offset) {
        data.set(source.address());
        int code = cudart.cuTensorMapEncodeTiled(
                map,
                source.type(),
                source.rank(),
                data,
                source.sizes(),
                source.strides(),
                source.box(),
                steps,
                cudart.CU_TENSOR_MAP_INTERLEAVE_NONE,
                source.swizzle(),
                cudart.CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                cudart.CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
        if (code != DriverCalls.SUCCESS) {
            calls.require("cuTensorMapEncodeTiled of " + source, code);
        }
        target.put(offset, encoded, 0, MAP_BYTES);
    }

    private static final class DataAddress extends Pointer {
        void set(long value) {
            address = value;
        }
    }
}
