package io.fsvideo.kernels;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the {@code //@} lines of a {@code .cu} file: {@code //@ [entries:] clause; clause}. Entries are names with {@code *},
 * separated by commas, all entries if left out; four more spaces continue a line. A clause is
 * {@code pointer[elements] [of bytes] [align bytes] [or null]}, {@code pointers{used}[elements] of bytes} for an array of
 * pointers passed by value, or a condition (see {@link ExpressionParser}) over integers, pointers, {@code grid.x},
 * {@code block.x} and {@code shared}. Alignment is that of an element unless said. Not mentioned: {@code grid.y},
 * {@code grid.z}, {@code block.y}, {@code block.z} must be 1, {@code shared} 0.
 */
final class ContractParser {
    private static final Pattern LINE = Pattern.compile("//@ (?:([\\w*, ]+):)?(.*)");
    private static final Pattern POINTER =
            Pattern.compile("(\\w+)(?:\\{(.+)})?\\[(.+)](?: of (\\d+))?(?: align (\\d+))?( or null)?");
    private static final Pattern BOUNDS = Pattern.compile("__launch_bounds__\\((\\d+)[^)]*\\)\\s+(\\w+)\\s*\\(");

    private final String entry;
    private final List<KernelParameter> parameters;
    private final LaunchNumbers numbers;
    private final LaunchProgram program;
    private final List<LaunchRule> rules = new ArrayList<>();
    private final Map<String, LaunchContract.PointerRule> pointers = new HashMap<>();

    private ContractParser(String entry, List<KernelParameter> parameters) {
        this.entry = entry;
        this.parameters = parameters;
        numbers = new LaunchNumbers(parameters);
        program = new LaunchProgram(numbers.size());
    }

    /** Contract of each entry; a kernel without {@code //@} lines is an error. */
    static Map<String, LaunchContract> contracts(String source, Map<String, List<KernelParameter>> entries) {
        Map<String, Integer> bounds = new LinkedHashMap<>();
        Matcher bound = BOUNDS.matcher(source);
        while (bound.find()) {
            bounds.put(bound.group(2), Integer.valueOf(bound.group(1)));
        }
        Map<String, LaunchContract> contracts = new LinkedHashMap<>();
        entries.forEach((entry, parameters) -> contracts.put(
                entry,
                new ContractParser(entry, parameters)
                        .contract(clauses(source, entry, entries.keySet()), bounds.getOrDefault(entry, 1024))));
        return contracts;
    }

    private static List<String> clauses(String source, String entry, Set<String> entries) {
        List<String> clauses = new ArrayList<>();
        source.replace("\n//@    ", " ")
                .lines()
                .filter(line -> line.startsWith("//@"))
                .forEach(line -> {
                    Matcher matcher = LINE.matcher(line);
                    if (!matcher.matches()) {
                        throw new KernelImageException(entry + ": cannot read the contract's line " + line);
                    }
                    String globs = matcher.group(1) == null ? "*" : matcher.group(1);
                    if (entries.stream().noneMatch(name -> matches(globs, name))) {
                        throw new KernelImageException(
                                entry + ": the contract must name entries of " + entries + ", got " + globs);
                    }
                    if (matches(globs, entry)) {
                        clauses.addAll(List.of(matcher.group(2).split(";")));
                    }
                });
        clauses.removeIf(String::isBlank);
        if (clauses.isEmpty()) {
            throw new KernelImageException(entry + ": its source must state a contract in lines of //@, got none");
        }
        return clauses;
    }

    private static boolean matches(String globs, String entry) {
        for (String glob : globs.split(",")) {
            if (entry.matches(glob.strip().replace("*", ".*"))) {
                return true;
            }
        }
        return false;
    }

    private LaunchContract contract(List<String> clauses, int threads) {
        List<String> conditions = new ArrayList<>();
        for (String clause : clauses) {
            Matcher pointer = POINTER.matcher(clause.strip());
            KernelParameter parameter = pointer.matches() ? parameter(pointer.group(1)) : null;
            if (parameter != null && parameter.holdsPointers()) {
                pointers.put(parameter.name(), pointer(parameter, pointer));
            } else {
                conditions.add(clause);
            }
        }
        defaults(mentioned(conditions), threads).forEach(this::rule);
        conditions.forEach(this::rule);
        List<LaunchContract.PointerRule> ordered = parameters.stream()
                .filter(KernelParameter::holdsPointers)
                .map(parameter -> pointer(parameter.name()))
                .toList();
        return new LaunchContract(entry, parameters, numbers, program, rules, ordered);
    }

    private LaunchContract.PointerRule pointer(String name) {
        LaunchContract.PointerRule rule = pointers.get(name);
        if (rule == null) {
            throw new KernelImageException(entry + ": the contract must have a clause " + name + "[...]");
        }
        return rule;
    }

    private KernelParameter parameter(String name) {
        return parameters.stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private LaunchContract.PointerRule pointer(KernelParameter parameter, Matcher clause) {
        int element = clause.group(4) == null ? parameter.elementBytes() : Integer.parseInt(clause.group(4));
        int alignment = clause.group(5) == null ? element : Integer.parseInt(clause.group(5));
        if (Integer.bitCount(alignment) != 1) {
            throw new KernelImageException(entry + ": alignment must be a power of two, got " + alignment);
        }
        Expression elements = expression(clause.group(3));
        return new LaunchContract.PointerRule(
                parameter.name(),
                parameters.indexOf(parameter),
                clause.group(2) == null ? null : expression(clause.group(2)),
                elements,
                program.emit(LaunchProgram.MULTIPLY, elements.register(), program.constant(element)),
                element,
                alignment,
                clause.group(6) != null);
    }

    /** Names in conditions and sizes. */
    private Set<String> mentioned(List<String> conditions) {
        Set<String> names = new LinkedHashSet<>();
        LaunchProgram aside = new LaunchProgram(numbers.size());
        conditions.forEach(condition -> names.addAll(
                ExpressionParser.parse(condition, numbers.slots(), aside).names()));
        pointers.values().forEach(pointer -> names.addAll(pointer.elements().names()));
        return names;
    }

    private static List<String> defaults(Set<String> mentioned, int threads) {
        List<String> defaults = new ArrayList<>(List.of("grid.x >= 1"));
        for (String axis : List.of("grid.y", "grid.z")) {
            defaults.addAll(
                    mentioned.contains(axis) ? List.of(axis + " >= 1", axis + " <= 65535") : List.of(axis + " == 1"));
        }
        defaults.addAll(List.of("block.x >= 1", "block.x <= " + threads, "block.y == 1", "block.z == 1"));
        if (!mentioned.contains("shared")) {
            defaults.add("shared == 0");
        }
        return defaults;
    }

    private Expression expression(String text) {
        return ExpressionParser.parse(text, numbers.slots(), program);
    }

    private void rule(String condition) {
        rules.add(LaunchRule.parse(condition, this::expression));
    }
}
