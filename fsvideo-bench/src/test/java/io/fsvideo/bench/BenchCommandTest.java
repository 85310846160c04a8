package io.fsvideo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchCommandTest {
    private static final String TINY = " --shapes ^tiny --ceilings ^tiny --dtypes F32 --iterations 2 --millis 5 --out ";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    private int run(String... arguments) {
        return new CommandLine(new BenchCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((e, command, result) -> {
                    throw e;
                })
                .execute(arguments);
    }

    private Path rates(String name, double... rates) throws IOException {
        String data = Arrays.stream(rates)
                .mapToObj(rate -> String.format(Locale.ROOT, "%.6f", rate))
                .collect(Collectors.joining(", "));
        return Files.writeString(
                folder.resolve(name),
                "[{\"benchmark\": \"io.fsvideo.bench.AddBench.run\", \"mode\": \"thrpt\","
                        + " \"params\": {\"shape\": \"tiny:5x16\", \"dtype\": \"F32\"},"
                        + " \"primaryMetric\": {\"rawData\": [[" + data + "]]}}]");
    }

    private int bench(String filter, String more) {
        return run((filter + TINY + folder + more).split(" "));
    }

    private int compare(Path before, Path after) {
        return run("compare", before.toString(), after.toString());
    }

    @Test
    void keepsWhatWasMeasuredBeforeABenchThatFails() throws IOException {
        assertEquals(1, bench("^(Add|Fill)Bench$", " --backend broken:fill"));
        String kept = Files.readString(folder.resolve("results.json"));
        assertTrue(kept.contains("AddBench"), kept);
        assertFalse(kept.contains("FillBench"), kept);
    }

    @Test
    void writesResultsThatCompareWithThemselves() throws IOException {
        assertEquals(0, bench("FillBench$", ""), err::toString);
        String report = Files.readString(folder.resolve("report.md"));
        assertTrue(report.contains("| Fill | tiny:5x16 | F32 |"), report);
        assertTrue(report.contains("| arithmetic | F32 |"), report);
        assertTrue(report.contains("- java: " + System.getProperty("java.vm.name")), report);
        Path json = folder.resolve("results.json");
        assertEquals(0, compare(json, json), err::toString);
        assertTrue(out.toString().contains("same    1.000"), out::toString);
    }

    @Test
    void profilersAreRun() throws IOException {
        String profilers = " --prof gc --prof async:event=itimer;output=flamegraph";
        assertEquals(0, bench("FillBench$", profilers), err::toString);
        assertTrue(Files.readString(folder.resolve("results.json")).contains("gc.alloc.rate.norm\""));
        try (Stream<Path> profiles = Files.walk(folder.resolve("profiles"))) {
            List<Path> graphs = profiles.filter(file -> file.endsWith("flame-itimer-forward.html"))
                    .filter(file -> file.getParent().getFileName().toString().contains("FillBench"))
                    .toList();
            assertEquals(1, graphs.size());
            assertTrue(Files.readString(graphs.get(0)).contains("<canvas"));
        }
    }

    @Test
    void refusedProfilersAreNamed() {
        assertEquals(1, bench("FillBench$", " --prof nonesuch"));
        String reason = "CopyBench failed: a profiler cannot be used here: java.lang.ClassNotFoundException: nonesuch";
        assertTrue(err.toString().contains(reason), err::toString);
    }

    @Test
    void failsOnARegressionOnly() throws IOException {
        Path before = rates("before.json", 100, 101, 99, 100.5, 99.5, 100);
        Path slower = rates("slower.json", 90, 91, 89, 90.5, 89.5, 90);
        assertEquals(1, compare(before, slower));
        assertTrue(err.toString().contains("got 1 slower and 0 missing of 1"), err::toString);
        assertEquals(0, compare(slower, before));
        assertTrue(out.toString().contains("faster  1.111"), out::toString);
    }

    @Test
    void noiseIsNoRegression() throws IOException {
        Path before = rates("before.json", 100, 120, 80, 110, 90, 100);
        assertEquals(0, compare(before, rates("after.json", 94, 121, 79, 111, 83, 97)), out::toString);
    }

    @Test
    void aMissingBenchIsARegression() throws IOException {
        Path before = rates("before.json", 100, 100);
        Path other = folder.resolve("other.json");
        Files.writeString(other, Files.readString(before).replace("AddBench", "MulBench"));
        assertEquals(1, compare(before, other));
        assertTrue(err.toString().contains("0 slower and 1 missing"), err::toString);
    }

    @Test
    void badFilesAndFiltersAreNamed() throws IOException {
        Path good = rates("good.json", 1);
        Path bad = Files.writeString(folder.resolve("bad.json"), "{");
        FsVideoException unreadable = assertThrows(FsVideoException.class, () -> Results.rates(bad));
        assertTrue(unreadable.getMessage().contains("bad.json must be"), unreadable::getMessage);
        Files.writeString(bad, "[]");
        assertThrows(FsVideoException.class, () -> Results.rates(bad));
        Files.writeString(bad, Files.readString(good).replace("thrpt", "avgt"));
        assertThrows(FsVideoException.class, () -> Results.rates(bad));
        Path zero = rates("zero.json", 0);
        assertThrows(FsVideoException.class, () -> Results.rates(zero));
        FsVideoException none = assertThrows(FsVideoException.class, () -> TinyRun.run("NoSuchBench", "cpu"));
        assertTrue(none.getMessage().contains("got NoSuchBench"), none::getMessage);
        assertFalse(BenchRun.names("").isEmpty());
    }
}
