package io.fsvideo.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * What a launch of one kernel entry must satisfy, read from the {@code //@} lines of its source: grid, block, shared bytes,
 * ranges and relations of the sizes, and for each pointer its alignment, its buffer's size and whether it may be null.
 *
 * <p>Checks allocate nothing unless they refuse. One contract may be used by several threads.
 */
public final class LaunchContract {
    private final String entry;
    private final List<KernelParameter> parameters;
    private final LaunchNumbers numbers;
    private final List<LaunchRule> rules;
    private final PointerRule[] pointers;
    private final int[] registers;
    private final long[] lows;
    private final long[] highs;
    private final int[] tensorMaps;
    private final int[] bytes;
    private final int[] code;
    private final ThreadLocal<long[]> frames;

    LaunchContract(
            String entry,
            List<KernelParameter> parameters,
            LaunchNumbers numbers,
            LaunchProgram program,
            List<LaunchRule> rules,
            List<PointerRule> pointers) {
        this.entry = entry;
        this.parameters = parameters;
        this.numbers = numbers;
        this.rules = List.copyOf(rules);
        this.pointers = pointers.toArray(PointerRule[]::new);
        registers = rules.stream().mapToInt(LaunchRule::register).toArray();
        lows = rules.stream().mapToLong(LaunchRule::low).toArray();
        highs = rules.stream().mapToLong(LaunchRule::high).toArray();
        tensorMaps = IntStream.range(0, parameters.size())
                .filter(i -> parameters.get(i).type().equals("CUtensorMap"))
                .toArray();
        bytes = parameters.stream().mapToInt(KernelParameter::bytes).toArray();
        code = program.code();
        frames = ThreadLocal.withInitial(program::frame);
    }

    /**
     * Refuses a launch that breaks the contract.
     *
     * @param grid blocks in x, y and z
     * @param block threads in x, y and z
     * @param sharedBytes dynamic shared memory
     * @param values the value of each parameter, in native byte order
     * @param offsets offset in bytes of each parameter's value
     * @param memory knows the sizes of buffers
     * @throws LaunchException naming the argument, the rule and the value
     */
    public void check(int[] grid, int[] block, int sharedBytes, ByteBuffer values, int[] offsets, MemoryRanges memory) {
        checkForm(grid, block, values, offsets);
        long[] frame = frames.get();
        numbers.read(frame, grid, block, sharedBytes, values, offsets);
        LaunchProgram.run(code, frame);
        for (int i = 0; i < registers.length; i++) {
            long value = frame[registers[i]];
            if (value < lows[i] || value > highs[i]) {
                throw refusal(rules.get(i).broken(numbers, frame));
            }
        }
        for (PointerRule rule : pointers) {
            checkPointer(rule, frame, values, offsets[rule.parameter()], memory);
        }
        for (int parameter : tensorMaps) {
            checkTensorMap(parameter, values, offsets[parameter]);
        }
    }

    /**
     * A number of the launch that the contract leaves no choice of.
     *
     * @param number {@code block.x} or {@code shared}
     * @return its value; empty where launches may differ
     */
    public OptionalInt fixed(String number) {
        return rules.stream()
                .filter(rule -> rule.fixes(number))
                .mapToInt(rule -> Math.toIntExact(rule.low()))
                .findFirst();
    }

    List<LaunchRule> rules() {
        return rules;
    }

    List<PointerRule> pointers() {
        return List.of(pointers);
    }

    private void checkForm(int[] grid, int[] block, ByteBuffer values, int[] offsets) {
        if (grid.length != 3 || block.length != 3) {
            throw refusal("grid and block must have 3 dimensions, got " + grid.length + " and " + block.length);
        }
        if (offsets.length != bytes.length) {
            throw refusal("arguments must be " + bytes.length + ", got " + offsets.length);
        }
        if (values.order() != ByteOrder.nativeOrder()) {
            throw refusal("arguments must be in native byte order, got " + values.order());
        }
        for (int i = 0; i < offsets.length; i++) {
            if (offsets[i] < 0 || offsets[i] > values.capacity() - bytes[i]) {
                throw refusal(parameters.get(i).name() + " must lie inside " + values.capacity()
                        + " bytes of arguments, got offset " + offsets[i]);
            }
        }
    }

    private void checkPointer(PointerRule rule, long[] frame, ByteBuffer values, int at, MemoryRanges memory) {
        if (rule.count() == null) {
            checkAddress(rule, values.getLong(at), frame, memory);
            return;
        }
        long count = frame[rule.count().register()];
        long capacity = bytes[rule.parameter()] / 8;
        if (count < 0 || count > capacity) {
            throw refusal(rule.name() + " must have 0 to " + capacity + " pointers, got " + count);
        }
        for (int i = 0; i < count; i++) {
            checkAddress(rule, values.getLong(at + 8 * i), frame, memory);
        }
    }

    private void checkAddress(PointerRule rule, long address, long[] frame, MemoryRanges memory) {
        if (address == 0) {
            if (!rule.nullable()) {
                throw refusal(rule.name() + " must be an address, got null");
            }
            return;
        }
        if ((address & rule.alignment() - 1) != 0) {
            throw refusal(rule.name() + " must be aligned to " + rule.alignment() + " bytes, got "
                    + LaunchNumbers.address(address));
        }
        long available = memory.bytesAt(address);
        if (available >= 0 && available < frame[rule.bytes()]) {
            throw refusal(rule.name() + " must have " + rule.elements() + " elements of " + rule.elementBytes()
                    + " bytes = " + LaunchNumbers.number(frame[rule.bytes()]) + " bytes, got " + available + " ("
                    + numbers.values(rule.elements().names(), frame) + ")");
        }
    }

    private void checkTensorMap(int parameter, ByteBuffer values, int offset) {
        long bits = 0;
        for (int at = 0; at < EmulatorLibrary.TENSOR_MAP_BYTES; at += 8) {
            bits |= values.getLong(offset + at);
        }
        if (bits == 0) {
            throw refusal(parameters.get(parameter).name() + " must be an encoded tensor map, got zeros");
        }
    }

    private LaunchException refusal(String why) {
        return new LaunchException(entry + ": " + why);
    }

    /**
     * What a pointer of a contract must satisfy.
     *
     * @param name of the parameter
     * @param parameter its index
     * @param count how many pointers of an array by value are used, or null for a single pointer
     * @param elements the buffer's least size in elements
     * @param bytes the register with the same in bytes
     * @param elementBytes bytes of an element
     * @param alignment in bytes, a power of two
     * @param nullable whether null is allowed
     */
    record PointerRule(
            String name,
            int parameter,
            Expression count,
            Expression elements,
            int bytes,
            int elementBytes,
            int alignment,
            boolean nullable) {}
}
