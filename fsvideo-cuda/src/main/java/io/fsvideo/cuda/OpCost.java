package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * What a call of an operation must compute and move at least.
 *
 * @param flops of products, attention and convolutions, 0 for others
 * @param bytes of its tensors
 */
record OpCost(String op, double flops, double bytes) {
    static OpCost of(String op, Object[] arguments) {
        double bytes = 0;
        for (Object argument : arguments) {
            if (argument instanceof Tensor tensor) {
                bytes += tensor.bytes();
            } else if (argument instanceof List<?> list) {
                bytes += list.stream()
                        .mapToDouble(item -> ((Tensor) item).bytes())
                        .sum();
            }
        }
        return new OpCost(op, flops(op, arguments), bytes);
    }

    /** The first arguments are the result and the inputs, in the order of {@code Ops}. */
    private static double flops(String op, Object[] arguments) {
        return switch (op) {
            case "linear", "linearGatedAdd" ->
                2.0 * tensor(arguments, 1).numel() * tensor(arguments, 2).dim(0);
            case "attention" ->
                4.0 * tensor(arguments, 1).numel() * tensor(arguments, 2).dim(1);
            case "linearAttention" ->
                4.0 * tensor(arguments, 1).numel() * tensor(arguments, 1).dim(-1);
            case "conv3d" ->
                2.0
                        * tensor(arguments, 0).numel()
                        * tensor(arguments, 2).numel()
                        / tensor(arguments, 2).dim(0);
            default -> 0;
        };
    }

    private static Tensor tensor(Object[] arguments, int index) {
        return (Tensor) arguments[index];
    }
}
