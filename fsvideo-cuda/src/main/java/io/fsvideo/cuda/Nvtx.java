package io.fsvideo.cuda;

import io.fsvideo.cuda.natives.CudaLibraries;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.cuda.cudart.CUhostFn;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * NVIDIA's library through which a process tells a profiler what its threads do. Neither JCuda nor JavaCPP has a class for it: its two
 * functions take one pointer or nothing, as the driver's callbacks do, and are called as such.
 */
final class Nvtx {
    private final Function push;
    private final Function pop;

    private Nvtx(CudaLibraries.Nvtx library) {
        push = new Function(library.push());
        pop = new Function(library.pop());
    }

    /** @throws io.fsvideo.cuda.natives.MissingLibraryException when it is not installed */
    static Nvtx open() {
        return new Nvtx(CudaLibraries.ofThisMachine().loadNvtx());
    }

    /** {@code ops}, each in a range of the calling thread that is named after it and its tensors. */
    Ops around(Ops ops) {
        AroundOps ranges = (op, arguments, call) -> {
            push(name(op, arguments));
            try {
                call.run();
            } finally {
                pop();
            }
        };
        return ranges.of(ops);
    }

    void push(String name) {
        try (BytePointer text = new BytePointer(name, StandardCharsets.UTF_8)) {
            push.call(text);
        }
    }

    void pop() {
        pop.call(null);
    }

    /**
     * The range's name, such as {@code linear [1, 3, 7] BF16 from x [1, 3, 5] BF16, blocks.0.ffn.0.weight [7, 5]
     * BF16}.
     */
    static String name(String op, Object[] arguments) {
        Tensor out = (Tensor) arguments[0];
        String inputs = Arrays.stream(arguments)
                .skip(1)
                .flatMap(argument -> argument instanceof List<?> list ? list.stream() : Stream.of(argument))
                .filter(Tensor.class::isInstance)
                .map(Object::toString)
                .collect(Collectors.joining(", "));
        return op + " " + out.shape() + " " + out.dtype() + (inputs.isEmpty() ? "" : " from " + inputs);
    }

    /** JavaCPP reads the address of a function from memory. */
    static final class Function extends CUhostFn {
        /** Kept, so that it is not freed. */
        private final PointerPointer<Pointer> cell;

        Function(PointerPointer<Pointer> cell) {
            super(cell);
            this.cell = cell;
        }

        Function(Pointer address) {
            this(new PointerPointer<>(1L).put(0, address));
        }
    }
}
