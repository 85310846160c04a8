package io.fsvideo.kernels;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All expressions of a contract as straight-line code over registers: the launch's numbers, constants, results. Equal
 * expressions are computed once. Arithmetic never throws: what overflows or divides by nothing is {@link #TOO_LARGE}.
 */
final class LaunchProgram {
    /** Refused by every rule and larger than every buffer. */
    static final long TOO_LARGE = Long.MAX_VALUE;

    static final int ADD = 0;
    static final int SUBTRACT = 1;
    static final int MULTIPLY = 2;
    static final int DIVIDE = 3;
    static final int REMAINDER = 4;
    static final int CEIL = 5;
    static final int MIN = 6;
    static final int EQUAL = 7;
    static final int NOT_EQUAL = 8;
    static final int LESS = 9;
    static final int AT_MOST = 10;
    static final int AND = 11;
    static final int OR = 12;
    static final int POWER2 = 13;

    private static final int MOST_REGISTERS = 256;

    private final List<Integer> code = new ArrayList<>();
    private final Map<Integer, Integer> computed = new HashMap<>();
    private final Map<Long, Integer> constants = new HashMap<>();
    private int registers;

    /** @param numbers registers that the launch fills, from 0 on */
    LaunchProgram(int numbers) {
        registers = numbers;
    }

    /** The register of a constant. */
    int constant(long value) {
        return constants.computeIfAbsent(value, v -> next());
    }

    /** The register of {@code left operation right}. */
    int emit(int operation, int left, int right) {
        int instruction = operation | left << 8 | right << 16;
        Integer known = computed.get(instruction);
        if (known != null) {
            return known;
        }
        int result = next();
        computed.put(instruction, result);
        code.add(instruction | result << 24);
        return result;
    }

    private int next() {
        if (registers == MOST_REGISTERS) {
            throw new KernelImageException("contract: must have at most " + MOST_REGISTERS + " numbers and results");
        }
        return registers++;
    }

    /** One int an instruction: operation, left, right and result register in 8 bits each. */
    int[] code() {
        return code.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Registers with the constants in their places. */
    long[] frame() {
        long[] frame = new long[registers];
        constants.forEach((value, register) -> frame[register] = value);
        return frame;
    }

    static void run(int[] code, long[] frame) {
        for (int instruction : code) {
            long a = frame[instruction >>> 8 & 0xff];
            long b = frame[instruction >>> 16 & 0xff];
            frame[instruction >>> 24] = switch (instruction & 0xff) {
                case ADD -> sum(a, b);
                case SUBTRACT -> a == TOO_LARGE ? a : a - b;
                case MULTIPLY -> product(a, b);
                case DIVIDE -> b <= 0 ? TOO_LARGE : a / b;
                case REMAINDER -> b <= 0 ? TOO_LARGE : a % b;
                case CEIL -> b <= 0 || a == TOO_LARGE ? TOO_LARGE : (a + b - 1) / b;
                case MIN -> Math.min(a, b);
                case EQUAL -> a == b ? 1 : 0;
                case NOT_EQUAL -> a != b ? 1 : 0;
                case LESS -> a < b ? 1 : 0;
                case AT_MOST -> a <= b ? 1 : 0;
                case AND -> a & b;
                case OR -> a | b;
                default -> a <= 1 ? 1 : Long.highestOneBit(a - 1) << 1;
            };
        }
    }

    private static long sum(long a, long b) {
        long sum = a + b;
        return a == TOO_LARGE || b == TOO_LARGE || ((a ^ sum) & (b ^ sum)) < 0 ? TOO_LARGE : sum;
    }

    private static long product(long a, long b) {
        long product = a * b;
        return Math.multiplyHigh(a, b) == product >> 63 ? product : TOO_LARGE;
    }
}
