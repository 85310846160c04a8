package io.fsvideo.kernels;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntBinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compiles the expressions of contracts. Weakest first: {@code ||}, {@code &&}, one of {@code == != < <= > >=},
 * {@code + -}, {@code * / %}; both sides are always evaluated. Functions: {@code ceil(a, b)} the quotient rounded up,
 * {@code min(a, b)}, {@code power2(a)} the least power of two not below a, and of an array {@code product(sizes)},
 * {@code least(sizes)}, {@code span(sizes, strides)} one more than the largest offset reached.
 */
final class ExpressionParser {
    /** Where a name's value stands among the numbers of a launch; length 1 unless it is an array. */
    record Slot(int first, int length) {}

    private static final Pattern TOKEN =
            Pattern.compile("\\s*(\\d+|[A-Za-z_][\\w.]*|[=!<>]=|&&|\\|\\||[-+*/%()<>\\[\\],])");
    private static final Map<String, Integer> SUMS = Map.of("+", LaunchProgram.ADD, "-", LaunchProgram.SUBTRACT);
    private static final Map<String, Integer> PRODUCTS =
            Map.of("*", LaunchProgram.MULTIPLY, "/", LaunchProgram.DIVIDE, "%", LaunchProgram.REMAINDER);
    private static final Map<String, Integer> COMPARISONS = Map.of(
            "==",
            LaunchProgram.EQUAL,
            "!=",
            LaunchProgram.NOT_EQUAL,
            "<",
            LaunchProgram.LESS,
            "<=",
            LaunchProgram.AT_MOST);
    private static final Map<String, String> MIRRORED = Map.of(">", "<", ">=", "<=");

    private final String text;
    private final Map<String, Slot> slots;
    private final LaunchProgram program;
    private final List<String> tokens = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();
    private int next;

    private ExpressionParser(String text, Map<String, Slot> slots, LaunchProgram program) {
        this.text = text.strip();
        this.slots = slots;
        this.program = program;
        Matcher matcher = TOKEN.matcher(this.text);
        int end = 0;
        while (end < this.text.length() && matcher.lookingAt()) {
            tokens.add(matcher.group(1));
            end = matcher.end();
            matcher.region(end, this.text.length());
        }
        if (end != this.text.length()) {
            throw wrong("cannot read " + this.text.substring(end));
        }
    }

    /** @throws KernelImageException if the text is no expression or names something that no slot is for */
    static Expression parse(String text, Map<String, Slot> slots, LaunchProgram program) {
        ExpressionParser parser = new ExpressionParser(text, slots, program);
        int register = parser.or();
        if (parser.next < parser.tokens.size()) {
            throw parser.wrong("unexpected " + parser.tokens.get(parser.next));
        }
        return new Expression(parser.text, register, List.copyOf(parser.names));
    }

    private int or() {
        int left = and();
        while (take("||")) {
            left = program.emit(LaunchProgram.OR, left, and());
        }
        return left;
    }

    private int and() {
        int left = comparison();
        while (take("&&")) {
            left = program.emit(LaunchProgram.AND, left, comparison());
        }
        return left;
    }

    private int comparison() {
        int left = sum();
        String sign = next < tokens.size() ? tokens.get(next) : "";
        if (COMPARISONS.containsKey(sign)) {
            next++;
            return program.emit(COMPARISONS.get(sign), left, sum());
        }
        if (MIRRORED.containsKey(sign)) {
            next++;
            return program.emit(COMPARISONS.get(MIRRORED.get(sign)), sum(), left);
        }
        return left;
    }

    private int sum() {
        int left = product();
        while (next < tokens.size() && SUMS.containsKey(tokens.get(next))) {
            int operation = SUMS.get(tokens.get(next++));
            left = program.emit(operation, left, product());
        }
        return left;
    }

    private int product() {
        int left = primary();
        while (next < tokens.size() && PRODUCTS.containsKey(tokens.get(next))) {
            int operation = PRODUCTS.get(tokens.get(next++));
            left = program.emit(operation, left, primary());
        }
        return left;
    }

    private int primary() {
        String token = take();
        if (Character.isDigit(token.charAt(0))) {
            return program.constant(Long.parseLong(token));
        }
        if (token.equals("null")) {
            return program.constant(0);
        }
        boolean bracket = token.equals("(");
        if (!bracket && !take("(")) {
            return variable(token);
        }
        int value = bracket ? or() : call(token);
        expect(")");
        return value;
    }

    private int call(String function) {
        return switch (function) {
            case "ceil" -> pair(LaunchProgram.CEIL);
            case "min" -> pair(LaunchProgram.MIN);
            case "power2" -> {
                int value = or();
                yield program.emit(LaunchProgram.POWER2, value, value);
            }
            case "product" -> fold(array(), (a, b) -> program.emit(LaunchProgram.MULTIPLY, a, b));
            case "least" -> fold(array(), (a, b) -> program.emit(LaunchProgram.MIN, a, b));
            case "span" -> {
                Slot sizes = array();
                expect(",");
                yield span(sizes, array());
            }
            default -> throw wrong("no function " + function);
        };
    }

    private int pair(int operation) {
        int left = or();
        expect(",");
        return program.emit(operation, left, or());
    }

    private Slot array() {
        return slot(take());
    }

    private static int fold(Slot array, IntBinaryOperator operation) {
        int value = array.first();
        for (int i = 1; i < array.length(); i++) {
            value = operation.applyAsInt(value, array.first() + i);
        }
        return value;
    }

    private int span(Slot sizes, Slot strides) {
        int one = program.constant(1);
        int span = one;
        for (int i = 0; i < sizes.length(); i++) {
            int steps = program.emit(LaunchProgram.SUBTRACT, sizes.first() + i, one);
            int reach = program.emit(LaunchProgram.MULTIPLY, steps, strides.first() + i);
            span = program.emit(LaunchProgram.ADD, span, reach);
        }
        return span;
    }

    private int variable(String name) {
        Slot slot = slot(name);
        if (take("[")) {
            int index = or();
            expect("]");
            return element(slot, index);
        }
        if (slot.length() > 1) {
            throw wrong(name + " is an array of " + slot.length());
        }
        return slot.first();
    }

    /** The element at an index; 0 for an index outside. */
    private int element(Slot array, int index) {
        int sum = program.constant(0);
        for (int i = 0; i < array.length(); i++) {
            int here = program.emit(LaunchProgram.EQUAL, index, program.constant(i));
            int value = program.emit(LaunchProgram.MULTIPLY, here, array.first() + i);
            sum = program.emit(LaunchProgram.ADD, sum, value);
        }
        return sum;
    }

    private Slot slot(String name) {
        Slot slot = slots.get(name);
        if (slot == null) {
            throw wrong("must name an integer or pointer of the launch, got " + name + ", known are " + slots.keySet());
        }
        names.add(name);
        return slot;
    }

    private String take() {
        if (next >= tokens.size()) {
            throw wrong("ends too early");
        }
        return tokens.get(next++);
    }

    private boolean take(String token) {
        boolean found = next < tokens.size() && tokens.get(next).equals(token);
        next += found ? 1 : 0;
        return found;
    }

    private void expect(String token) {
        if (!take(token)) {
            throw wrong("needs " + token + " at token " + next);
        }
    }

    private KernelImageException wrong(String why) {
        return new KernelImageException("contract \"" + text + "\": " + why);
    }
}
