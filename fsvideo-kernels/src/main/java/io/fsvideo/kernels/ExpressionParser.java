package io.fsvideo.kernels;

import io.fsvideo.kernels.Expression.Operation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compiles the expressions of contracts. Weakest first: {@code ||}, {@code &&}, one of {@code == != < <= > >=},
 * {@code + -}, {@code * / %}; both sides are always evaluated. Functions: {@code ceil(a, b)} the quotient rounded up,
 * {@code min(a, b)}, {@code power2(a)}, and of an array {@code product(s)}, {@code least(s)}, {@code span(s, strides)}.
 */
final class ExpressionParser {
    /** Where a name's value stands among the numbers of a launch; length 1 unless it is an array. */
    record Slot(int first, int length) {}

    private static final Pattern TOKEN =
            Pattern.compile("\\s*(\\d+|[A-Za-z_][\\w.]*|[=!<>]=|&&|\\|\\||[-+*/%()<>\\[\\],])");
    private static final Map<String, Operation> SUMS = Map.of("+", Operation.ADD, "-", Operation.SUBTRACT);
    private static final Map<String, Operation> PRODUCTS =
            Map.of("*", Operation.MULTIPLY, "/", Operation.DIVIDE, "%", Operation.REMAINDER);
    private static final Map<String, Operation> COMPARISONS =
            Map.of("==", Operation.EQUAL, "!=", Operation.NOT_EQUAL, "<", Operation.LESS, "<=", Operation.AT_MOST);
    private static final Map<String, String> MIRRORED = Map.of(">", "<", ">=", "<=");

    private final String text;
    private final Map<String, Slot> slots;
    private final List<String> tokens = new ArrayList<>();
    private final List<Integer> code = new ArrayList<>();
    private final List<Long> constants = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();
    private int next;

    private ExpressionParser(String text, Map<String, Slot> slots) {
        this.text = text.strip();
        this.slots = slots;
        Matcher matcher = TOKEN.matcher(this.text);
        int end = 0;
        while (matcher.lookingAt() && end < this.text.length()) {
            tokens.add(matcher.group(1));
            end = matcher.end();
            matcher.region(end, this.text.length());
        }
        if (end != this.text.length()) {
            throw wrong("cannot read " + this.text.substring(end));
        }
    }

    /** @throws KernelImageException if the text is no expression or names something that no slot is for */
    static Expression parse(String text, Map<String, Slot> slots) {
        ExpressionParser parser = new ExpressionParser(text, slots);
        parser.or();
        if (parser.next < parser.tokens.size()) {
            throw parser.wrong("unexpected " + parser.tokens.get(parser.next));
        }
        int[] code = parser.code.stream().mapToInt(Integer::intValue).toArray();
        long[] constants = parser.constants.stream().mapToLong(Long::longValue).toArray();
        return new Expression(parser.text, code, constants, List.copyOf(parser.names));
    }

    private void or() {
        and();
        while (take("||")) {
            and();
            emit(Operation.OR, 0);
        }
    }

    private void and() {
        comparison();
        while (take("&&")) {
            comparison();
            emit(Operation.AND, 0);
        }
    }

    private void comparison() {
        int start = code.size();
        sum();
        String sign = next < tokens.size() ? tokens.get(next) : "";
        if (!COMPARISONS.containsKey(sign) && !MIRRORED.containsKey(sign)) {
            return;
        }
        next++;
        int middle = code.size();
        sum();
        if (MIRRORED.containsKey(sign)) { // a > b is b < a
            List<Integer> left = new ArrayList<>(code.subList(start, middle));
            code.subList(start, middle).clear();
            code.addAll(left);
        }
        emit(COMPARISONS.get(MIRRORED.getOrDefault(sign, sign)), 0);
    }

    private void sum() {
        product();
        while (next < tokens.size() && SUMS.containsKey(tokens.get(next))) {
            Operation operation = SUMS.get(tokens.get(next++));
            product();
            emit(operation, 0);
        }
    }

    private void product() {
        primary();
        while (next < tokens.size() && PRODUCTS.containsKey(tokens.get(next))) {
            Operation operation = PRODUCTS.get(tokens.get(next++));
            primary();
            emit(operation, 0);
        }
    }

    private void primary() {
        if (next >= tokens.size()) {
            throw wrong("ends too early");
        }
        String token = tokens.get(next++);
        if (Character.isDigit(token.charAt(0))) {
            constant(Long.parseLong(token));
        } else if (token.equals("null")) {
            constant(0);
        } else if (token.equals("(")) {
            or();
            expect(")");
        } else if (take("(")) {
            call(token);
            expect(")");
        } else {
            variable(token);
        }
    }

    private void call(String function) {
        switch (function) {
            case "ceil" -> pair(Operation.CEIL);
            case "min" -> pair(Operation.MIN);
            case "power2" -> {
                or();
                emit(Operation.POWER2, 0);
            }
            case "product" -> emit(Operation.PRODUCT, array());
            case "least" -> emit(Operation.LEAST, array());
            case "span" -> {
                int sizes = array();
                expect(",");
                emit(Operation.SPAN, sizes | (array() & 0xff) << 16);
            }
            default -> throw wrong("no function " + function);
        }
    }

    private void pair(Operation operation) {
        or();
        expect(",");
        or();
        emit(operation, 0);
    }

    private int array() {
        Slot slot = slot(next < tokens.size() ? tokens.get(next++) : "");
        return slot.first() | slot.length() << 8;
    }

    private void variable(String name) {
        Slot slot = slot(name);
        if (take("[")) {
            or();
            expect("]");
            emit(Operation.AT, slot.first() | slot.length() << 8);
        } else if (slot.length() == 1) {
            emit(Operation.SLOT, slot.first());
        } else {
            throw wrong(name + " is an array of " + slot.length());
        }
    }

    private Slot slot(String name) {
        Slot slot = slots.get(name);
        if (slot == null) {
            throw wrong("must name an integer or pointer of the launch, got " + name + ", known are " + slots.keySet());
        }
        names.add(name);
        return slot;
    }

    private void constant(long value) {
        emit(Operation.CONSTANT, constants.size());
        constants.add(value);
    }

    private void emit(Operation operation, int operand) {
        code.add(operation.ordinal() | operand << 8);
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
