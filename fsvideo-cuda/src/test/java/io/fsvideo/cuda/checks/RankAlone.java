package io.fsvideo.cuda.checks;

import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.PlanComm;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/** Plans for the last of several ranks as NCCL has them, without the others; notes what is summed at once and what beside operations. */
final class RankAlone {
    private final int size;
    private final List<Shape> atOnce = new ArrayList<>();
    private final List<Shape> started = new ArrayList<>();

    RankAlone(int size) {
        this.size = size;
    }

    List<Shape> atOnce() {
        return atOnce;
    }

    List<Shape> started() {
        return started;
    }

    Comm comm() {
        Comm place = comm((proxy, method, arguments) -> switch (method.getName()) {
            case "rank" -> size - 1;
            case "size" -> size;
            default -> Comm.LONG_PRODUCT;
        });
        Comm plan = PlanComm.of(place);
        return comm((proxy, method, arguments) -> {
            switch (method.getName()) {
                case "allReduceSum" -> atOnce.add(((Tensor) arguments[0]).shape());
                case "startAllReduceSum" -> started.add(((Tensor) arguments[0]).shape());
                default -> {}
            }
            return method.invoke(plan, arguments);
        });
    }

    private static Comm comm(InvocationHandler handler) {
        return (Comm) Proxy.newProxyInstance(Comm.class.getClassLoader(), new Class<?>[] {Comm.class}, handler);
    }
}
