package io.fsvideo.weights;

import io.fsvideo.weights.PthContents.Pickled;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A stack machine for the opcodes of pickle protocols 2 to 5 that state dicts need. It makes strings, numbers, tuples, lists, dicts and
 * {@link TorchTensor}s and can make nothing else. Depth, stack, memo, objects and strings are bounded.
 */
final class Unpickler {
    /** Python's None. */
    static final Object NONE = Optional.empty();

    private static final int NEWEST_PROTOCOL = 5;
    private static final int DEEPEST = 100;
    private static final int MOST_ON_STACK = 10_000;
    private static final int MOST_REMEMBERED = 1_000_000;
    private static final int MOST_CONTAINERS = 1_000_000;

    private final PickleInput in;
    private final TorchRebuild torch;
    private final List<Object> stack = new ArrayList<>();
    private final Deque<Integer> marks = new ArrayDeque<>();
    private final Map<Integer, Object> memo = new HashMap<>();
    private int containers;
    private int listed;

    private Unpickler(Path file, ByteBuffer pickle) {
        this.in = new PickleInput(file, pickle);
        this.torch = new TorchRebuild(file);
    }

    /** The value of the pickle at the buffer's position, which moves behind its end. @throws WeightsException when it is damaged or does anything but rebuild tensors */
    static Object read(Path file, ByteBuffer pickle) {
        return new Unpickler(file, pickle).run();
    }

    /** The same, with the storages it names. {@code pickle} then stands behind its end. */
    static Pickled readAll(Path file, ByteBuffer pickle) {
        Unpickler unpickler = new Unpickler(file, pickle);
        return new Pickled(unpickler.run(), unpickler.torch.storages());
    }

    private Object run() {
        for (int code = in.u1(); code != '.'; code = in.u1()) {
            if (!number(code) && !text(code) && !container(code) && !remembered(code)) {
                program(code);
            }
        }
        Object result = pop();
        require(stack.isEmpty() && marks.isEmpty(), "stack at the end", "one value", stack.size() + " more");
        return result;
    }

    private boolean number(int code) {
        switch (code) {
            case 'N' -> push(NONE);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'K' -> push((long) in.u1());
            case 'M' -> push((long) in.u2());
            case 'J' -> push((long) in.i4());
            case 0x8a -> push(in.integer(in.u1()));
            case 0x8b -> push(in.integer(in.i4()));
            case 'G' -> push(in.float64());
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean text(int code) {
        switch (code) {
            case 'X', 'T' -> push(in.text(in.i4() & 0xffffffffL));
            case 0x8c, 'U' -> push(in.text(in.u1()));
            case 0x8d -> push(in.text(in.i8()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean container(int code) {
        switch (code) {
            case '(' -> mark();
            case '}' -> push(counted(new LinkedHashMap<Object, Object>()));
            case ']' -> push(counted(new ArrayList<Object>()));
            case ')' -> push(tuple(List.of()));
            case 't' -> push(tuple(popToMark()));
            case 0x85 -> push(tuple(pop(1)));
            case 0x86 -> push(tuple(pop(2)));
            case 0x87 -> push(tuple(pop(3)));
            case 'a' -> append(pop(1));
            case 'e' -> append(popToMark());
            case 's' -> put(pop(2));
            case 'u' -> put(popToMark());
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean remembered(int code) {
        switch (code) {
            case 'q' -> remember(in.u1());
            case 'r' -> remember(in.i4());
            case 0x94 -> remember(memo.size());
            case 'h' -> push(recalled(in.u1()));
            case 'j' -> push(recalled(in.i4()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private void program(int code) {
        switch (code) {
            case 0x80 -> requireProtocol(in.u1());
            case 0x95 -> in.requireFrame(in.i8());
            case 'c' -> push(torch.global(in.line(), in.line()));
            case 0x93 -> {
                List<Object> names = pop(2);
                push(torch.global(string(names.get(0)), string(names.get(1))));
            }
            case 'R' -> {
                List<Object> call = pop(2);
                push(counted(torch.call(call.get(0), asTuple(call.get(1)))));
            }
            case 'Q' -> push(torch.storage(asTuple(pop())));
            case 'b' -> requireDictState(pop());
            default -> throw in.fault("opcode", "one that rebuilds tensors; nothing was run", Opcodes.name(code));
        }
    }

    private void requireProtocol(int version) {
        require(version >= 2 && version <= NEWEST_PROTOCOL, "protocol", "2 to " + NEWEST_PROTOCOL, version);
    }

    /** {@code state_dict()} hangs version numbers of modules on its dict: not needed here. */
    private void requireDictState(Object state) {
        Object target = peek();
        require(target instanceof Map, "object with a state", "a dict", Tuple.kind(target));
        require(state instanceof Map, "state of a dict", "a dict", Tuple.kind(state));
    }

    private void push(Object value) {
        require(stack.size() < MOST_ON_STACK, "stack", "at most " + MOST_ON_STACK + " values", "more");
        stack.add(value);
    }

    private void mark() {
        require(marks.size() < DEEPEST, "nesting", "at most " + DEEPEST + " deep", "more");
        marks.push(stack.size());
    }

    private Object peek() {
        int bottom = marks.isEmpty() ? 0 : marks.peek();
        require(stack.size() > bottom, "stack", "deep enough for the next opcode", "too few values");
        return stack.get(stack.size() - 1);
    }

    private Object pop() {
        peek();
        return stack.remove(stack.size() - 1);
    }

    private List<Object> pop(int count) {
        int bottom = marks.isEmpty() ? 0 : marks.peek();
        require(stack.size() - bottom >= count, "stack", "deep enough for the next opcode", "too few values");
        return cut(stack.size() - count);
    }

    private List<Object> popToMark() {
        require(!marks.isEmpty(), "stack", "marked where values begin", "no mark");
        return cut(marks.pop());
    }

    private List<Object> cut(int from) {
        List<Object> top = stack.subList(from, stack.size());
        List<Object> values = List.copyOf(top);
        top.clear();
        return values;
    }

    private Tuple tuple(List<Object> items) {
        int depth = 0;
        for (Object item : items) {
            depth = item instanceof Tuple tuple ? Math.max(depth, tuple.depth()) : depth;
        }
        require(depth < DEEPEST, "nesting", "at most " + DEEPEST + " deep", "more");
        return counted(new Tuple(items, depth + 1));
    }

    /** What takes more memory than its opcode. */
    private <T> T counted(T container) {
        require(++containers <= MOST_CONTAINERS, "containers", "at most " + MOST_CONTAINERS, "more");
        return container;
    }

    @SuppressWarnings("unchecked")
    private void append(List<Object> values) {
        Object target = peek();
        require(target instanceof List, "what is appended to", "a list", Tuple.kind(target));
        listed += values.size();
        require(listed <= MOST_CONTAINERS, "values of lists", "at most " + MOST_CONTAINERS, "more");
        ((List<Object>) target).addAll(values);
    }

    @SuppressWarnings("unchecked")
    private void put(List<Object> values) {
        Object target = peek();
        require(target instanceof Map, "what items are set in", "a dict", Tuple.kind(target));
        require(values.size() % 2 == 0, "items of a dict", "pairs", values.size() + " values");
        for (int i = 0; i < values.size(); i += 2) {
            Object key = values.get(i);
            require(isKey(key), "key", "a string or number", Tuple.kind(key));
            Object before = ((Map<Object, Object>) target).put(key, values.get(i + 1));
            require(before == null, "key", "set once", Tuple.kind(key) + " twice");
        }
    }

    /** Averages of weights lie under their rate, a floating-point number. */
    static boolean isKey(Object value) {
        return value instanceof String || value instanceof Long || value instanceof Double;
    }

    private void remember(int index) {
        require(memo.size() < MOST_REMEMBERED, "memo", "at most " + MOST_REMEMBERED + " values", "more");
        memo.put(index, peek());
    }

    private Object recalled(int index) {
        Object value = memo.get(index);
        require(value != null, "memo", "asked for what it holds", Integer.toUnsignedString(index));
        return value;
    }

    private String string(Object value) {
        require(value instanceof String, "name", "a string", Tuple.kind(value));
        return (String) value;
    }

    private Tuple asTuple(Object value) {
        require(value instanceof Tuple, "arguments", "a tuple", Tuple.kind(value));
        return (Tuple) value;
    }

    private void require(boolean holds, String argument, String rule, Object got) {
        if (!holds) {
            throw in.fault(argument, rule, got);
        }
    }
}
