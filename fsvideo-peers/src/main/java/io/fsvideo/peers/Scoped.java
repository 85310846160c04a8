package io.fsvideo.peers;

import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Frees what is made on the way to a result, as leaving a function does in C++ and Python. */
final class Scoped {
    private Scoped() {}

    /** {@code body}'s result, which then belongs to the scope around this one, or to the caller where there is none. */
    static Tensor result(Supplier<Tensor> body) {
        Tensor result;
        try (PointerScope scope = new PointerScope()) {
            result = body.get();
            result.retainReference();
        }
        PointerScope outer = PointerScope.getInnerScope();
        if (outer != null) {
            outer.attach(result);
            result.releaseReference();
        }
        return result;
    }
}
