package io.fsvideo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;

/** A kernel's contract against the launches of its tests: they are allowed, and every change that breaks a rule is not. */
final class RecordedContract {
    private final String entry;
    private final LaunchContract contract;
    private final List<RecordedLaunch> launches;

    private RecordedContract(String entry, LaunchContract contract, List<RecordedLaunch> launches) {
        this.entry = entry;
        this.contract = contract;
        this.launches = launches;
    }

    /** @param lines the record of the kernel's test program */
    static List<DynamicTest> tests(KernelImage image, List<String> lines) {
        Set<String> entries = image.entries().keySet();
        Map<String, List<RecordedLaunch>> launches = lines.stream()
                .filter(line -> entries.contains(line.substring(0, line.indexOf(' '))))
                .map(line -> RecordedLaunch.parse(image, line))
                .collect(Collectors.groupingBy(launch -> launch.entry));
        List<DynamicTest> tests = new ArrayList<>();
        for (String entry : entries) {
            tests.add(DynamicTest.dynamicTest(entry + " is launched", () -> assertTrue(launches.containsKey(entry))));
            RecordedContract proof =
                    new RecordedContract(entry, image.contract(entry), launches.getOrDefault(entry, List.of()));
            tests.add(DynamicTest.dynamicTest(entry + " allows its launches", proof::allowsLaunches));
            tests.add(DynamicTest.dynamicTest(entry + " refuses what breaks a rule", proof::refusesBrokenRules));
            tests.add(DynamicTest.dynamicTest(entry + " refuses bad pointers", proof::refusesBadPointers));
        }
        return tests;
    }

    private void allowsLaunches() {
        launches.forEach(launch -> assertEquals("", launch.refusal()));
    }

    private void refusesBrokenRules() {
        for (LaunchRule rule : contract.rules()) {
            String claim = entry + ": " + rule.claim();
            assertTrue(
                    launches.stream().anyMatch(launch -> breaks(launch, rule.names(), claim)),
                    "no change of a launch is refused with: " + claim);
        }
    }

    /** Whether other values of one or two of these names are refused with the claim. */
    private static boolean breaks(RecordedLaunch launch, List<String> names, String claim) {
        for (String name : names) {
            for (RecordedLaunch changed : changes(launch, name)) {
                if (changed.refusal().startsWith(claim)) {
                    return true;
                }
                for (String other : names) {
                    if (!other.equals(name)
                            && changes(changed, other).stream()
                                    .anyMatch(twice -> twice.refusal().startsWith(claim))) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static List<RecordedLaunch> changes(RecordedLaunch launch, String name) {
        long value = launch.get(name, 0);
        Set<Long> values =
                new LinkedHashSet<>(List.of(0L, -1L, 1L, 2L, 3L, value - 1, value + 1, value + 2, value + 8));
        values.addAll(List.of(value / 2, value * 2, value * 2 + 1, 8200L, 70000L, (long) Integer.MAX_VALUE));
        List<RecordedLaunch> changes = new ArrayList<>();
        for (int index = 0; index < launch.length(name); index++) {
            for (long other : values) {
                RecordedLaunch changed = launch.copy();
                changed.set(name, index, other);
                changes.add(changed);
            }
        }
        return changes;
    }

    private void refusesBadPointers() {
        for (LaunchContract.PointerRule rule : contract.pointers()) {
            boolean whole = false;
            boolean used = false;
            for (RecordedLaunch launch : launches) {
                long address = launch.get(rule.name(), 0);
                if (address == 0) {
                    continue;
                }
                used = true;
                whole |= refusesBadPointer(rule, launch, address);
            }
            assertTrue(
                    !used || whole, entry + ": " + rule.name() + "[" + rule.elements() + "] is never the whole buffer");
            assertTrue(used || rule.nullable(), entry + ": " + rule.name() + " is never given");
        }
    }

    /** Whether the buffer was as small as the contract allows. */
    private boolean refusesBadPointer(LaunchContract.PointerRule rule, RecordedLaunch launch, long address) {
        RecordedLaunch absent = launch.copy();
        absent.set(rule.name(), 0, 0);
        String refusal = entry + ": " + rule.name() + " must be an address, got null";
        if (!rule.nullable()) {
            assertFalse(absent.refusal().isEmpty(), refusal);
        }
        if (rule.alignment() > 1) {
            RecordedLaunch askew = launch.copy();
            askew.set(rule.name(), 0, address + rule.alignment() / 2);
            assertTrue(askew.refusal().startsWith(entry + ": " + rule.name()), askew.refusal());
        }
        Long bytes = launch.bufferBytes.get(address);
        if (bytes == null) {
            return false;
        }
        RecordedLaunch small = launch.copy();
        small.bufferBytes.put(address, bytes - 1);
        return small.refusal().contains(" must have ");
    }
}
