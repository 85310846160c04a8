package io.fsvideo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Reports of results written by hand, so that every figure is known. */
class ReportTest {
    @TempDir
    Path folder;

    private static String entry(String bench, String shape, String via, double perSecond, double teraflops) {
        return String.format(
                Locale.ROOT, """
                {"benchmark": "io.fsvideo.bench.%s.run", "mode": "thrpt",
                 "params": {"shape": "%s", "dtype": "F32", "via": "%s"},
                 "primaryMetric": {"score": %f, "rawData": [[%f, %f, %f]]},
                 "secondaryMetrics": {"teraflops": {"score": %f}, "gigabytes": {"score": 1}},
                 "machine": {"date": "2026-01-02T03:04:05Z", "commit": "abc", "processor": "P", "java": "J"}}""", bench, shape, via, perSecond, perSecond / 2, perSecond, 2 * perSecond, teraflops);
    }

    private Path results(String... entries) throws IOException {
        Path cpu = Files.createDirectories(folder.resolve("cpu"));
        Files.writeString(cpu.resolve(Results.FILE), "[" + String.join(",", entries) + "]");
        return cpu;
    }

    private Path linear() throws IOException {
        return results(
                entry("CopyBench", "ceiling:8x8", "fsvideo", 10, 0),
                entry("PeakBench", "ceiling:8x8x8", "fsvideo", 10, 0.5),
                entry("LinearBench", "wan1.3b:1860x1536x8960", "fsvideo", 4, 0.4),
                entry("LinearBench", "wan1.3b:1860x1536x8960", "other-slow", 1, 0.1),
                entry("LinearBench", "wan1.3b:1860x1536x8960", "other-best", 2, 0.2));
    }

    @Test
    void comparesWithTheBestWayOfTheOthersAndTheCeilingThatBinds() throws IOException {
        Path cpu = linear();
        Standing standing = Standing.of(Results.read(cpu)).get(0);
        assertEquals("other-best", standing.peer().via());
        assertEquals(2, standing.ratio(), 1e-9);
        assertEquals(1, standing.share(), 1e-9, "memory binds: as many GB/s as the copy");
        Report.write(cpu);
        String report = Files.readString(cpu.resolve(Report.FILE));
        assertTrue(report.contains("250.000 (125.000 - 500.000) | 1.00 | 0.4000 | 100 % | other-best"), report);
        assertTrue(report.contains("- commit: abc"), report);
        assertTrue(Files.size(cpu.resolve("chart-F32.png")) > 1000);
    }

    @Test
    void writesTheTableOfAReadmeBetweenItsMarkersOnly() throws IOException {
        Path readme = folder.resolve("README.md");
        Files.writeString(readme, "before\n" + ReadmeTable.BEGIN + "\nold\n" + ReadmeTable.END + "\nafter\n");
        List<Path> folders = List.of(linear(), folder.resolve("cuda-0"));
        StringWriter out = new StringWriter();
        CommandLine command = new CommandLine(new BenchCommand()).setOut(new PrintWriter(out, true));
        assertEquals(
                0,
                command.execute(
                        "report", folders.get(0).toString(), folders.get(1).toString(), "--readme", readme.toString()));
        assertTrue(out.toString().contains("wrote " + folders.get(0).resolve(Report.FILE)), out::toString);
        String text = Files.readString(readme);
        assertTrue(text.startsWith("before\n" + ReadmeTable.BEGIN + "\n`cpu`: P; J; commit abc, 2026-01-02.\n"), text);
        assertTrue(text.contains("| linear 1860 x 1536 x 8960 | 250.0 ms, 2.00x other | not measured |"), text);
        assertTrue(text.contains("| the same in BF16 | not measured | not measured |"), text);
        assertTrue(text.endsWith(ReadmeTable.END + "\nafter\n"), text);
        ReadmeTable.write(readme, folders);
        assertEquals(text, Files.readString(readme));
    }

    @Test
    void namesTheCommitsOfAllEntriesAndReadsLongTimesAsSeconds() throws IOException {
        String decode = entry("FsaeDecodeBench", "fsae_lite:3x4x4", "fsvideo", 0.08, 0.2);
        Path cpu = results(
                entry("CopyBench", "ceiling:8x8", "fsvideo", 10, 0),
                entry("PeakBench", "ceiling:8x8x8", "fsvideo", 10, 0.5),
                decode.replace("abc", "def").replace("2026-01-02", "2026-01-03"));
        String table = ReadmeTable.table(List.of(cpu));
        assertTrue(table.contains("commit def, abc, 2026-01-03."), table);
        assertTrue(table.contains("| FSAE Lite decode, 9 frames of 256 x 256 | 12.50 s |"), table);
    }

    @Test
    void refusesAReadmeWithoutMarkersAndAFolderWithoutResults() throws IOException {
        Path readme = Files.writeString(folder.resolve("README.md"), "nothing");
        assertThrows(FsVideoException.class, () -> ReadmeTable.write(readme, List.of()));
        assertThrows(FsVideoException.class, () -> Report.write(folder.resolve("none")));
    }
}
