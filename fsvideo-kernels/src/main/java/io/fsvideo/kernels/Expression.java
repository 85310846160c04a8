package io.fsvideo.kernels;

import java.util.List;

/**
 * An integer expression over the numbers of a launch, compiled to one int an instruction: operation, then its operand from
 * bit 8 on. Evaluated in a caller's array of values without allocation; an overflow throws {@link ArithmeticException}.
 */
final class Expression {
    /** CONSTANT has an index, SLOT a slot, the rest of the first group (first slot, length, second slot) in 8 bits each. */
    enum Operation {
        CONSTANT,
        SLOT,
        AT,
        PRODUCT,
        LEAST,
        SPAN,
        POWER2,
        ADD,
        SUBTRACT,
        MULTIPLY,
        DIVIDE,
        REMAINDER,
        CEIL,
        MIN,
        EQUAL,
        NOT_EQUAL,
        LESS,
        AT_MOST,
        AND,
        OR
    }

    private static final Operation[] OPERATIONS = Operation.values();

    private final String text;
    private final int[] code;
    private final long[] constants;
    private final List<String> names;

    /** @param names variables it reads, for messages */
    Expression(String text, int[] code, long[] constants, List<String> names) {
        this.text = text;
        this.code = code;
        this.constants = constants;
        this.names = names;
    }

    List<String> names() {
        return names;
    }

    /** Whether it is one variable or one number. */
    boolean isPlain() {
        return code.length == 1;
    }

    /** @param frame the launch's numbers, then room for the stack from index {@code stack} on */
    long value(long[] frame, int stack) {
        int top = stack - 1;
        for (int instruction : code) {
            int operand = instruction >>> 8;
            switch (OPERATIONS[instruction & 0xff]) {
                case CONSTANT -> frame[++top] = constants[operand];
                case SLOT -> frame[++top] = frame[operand];
                case AT -> frame[top] = at(frame, operand, frame[top]);
                case PRODUCT -> frame[++top] = product(frame, operand);
                case LEAST -> frame[++top] = least(frame, operand);
                case SPAN -> frame[++top] = span(frame, operand);
                case POWER2 -> frame[top] = power2(frame[top]);
                default -> {
                    top--;
                    frame[top] = binary(OPERATIONS[instruction & 0xff], frame[top], frame[top + 1]);
                }
            }
        }
        return frame[top];
    }

    private static long binary(Operation operation, long a, long b) {
        return switch (operation) {
            case ADD -> Math.addExact(a, b);
            case SUBTRACT -> Math.subtractExact(a, b);
            case MULTIPLY -> Math.multiplyExact(a, b);
            case DIVIDE -> a / b;
            case REMAINDER -> a % b;
            case CEIL -> Math.addExact(a, b - 1) / b;
            case MIN -> Math.min(a, b);
            case EQUAL -> truth(a == b);
            case NOT_EQUAL -> truth(a != b);
            case LESS -> truth(a < b);
            case AT_MOST -> truth(a <= b);
            case AND -> a & b;
            case OR -> a | b;
            default -> throw new IllegalStateException("expression: " + operation + " takes no two operands");
        };
    }

    private static long truth(boolean holds) {
        return holds ? 1 : 0;
    }

    private static long at(long[] frame, int operand, long index) {
        if (index < 0 || index >= (operand >>> 8 & 0xff)) {
            throw new ArithmeticException("index " + index + " of " + (operand >>> 8 & 0xff) + " entries");
        }
        return frame[(operand & 0xff) + (int) index];
    }

    private static long product(long[] frame, int operand) {
        long product = 1;
        for (int i = 0; i < (operand >>> 8 & 0xff); i++) {
            product = Math.multiplyExact(product, frame[(operand & 0xff) + i]);
        }
        return product;
    }

    private static long least(long[] frame, int operand) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < (operand >>> 8 & 0xff); i++) {
            least = Math.min(least, frame[(operand & 0xff) + i]);
        }
        return least;
    }

    /** One more than the largest offset that sizes and strides reach. */
    private static long span(long[] frame, int operand) {
        long last = 0;
        for (int i = 0; i < (operand >>> 8 & 0xff); i++) {
            long steps = frame[(operand & 0xff) + i] - 1;
            last = Math.addExact(last, Math.multiplyExact(steps, frame[(operand >>> 16) + i]));
        }
        return last + 1;
    }

    /** The least power of two that is not below a. */
    private static long power2(long a) {
        return a <= 1 ? 1 : Long.highestOneBit(a - 1) << 1;
    }

    @Override
    public String toString() {
        return text;
    }
}
