package io.fsvideo.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.bench.BenchCommands;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Every way of LibTorch's gives the answer that the bench checks, each in a process of its own as in a real run. */
class LibTorchTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LinearBench",
                "Conv3dBench",
                "AttentionBench",
                "RmsNormBench",
                "PixelNormBench",
                "LayerNormBench",
                "ModulatedNormBench",
                "ActivationBench",
                "SoftmaxBench",
                "DitBlockBench",
                "FsaeStageBench",
                "FsaeDecodeBench"
            })
    void doesTheSameWork(String bench) throws IOException {
        List<String> ways = new LibTorch().ways(bench, "cpu");
        assertTrue(!ways.isEmpty(), bench);
        StringWriter err = new StringWriter();
        int status = new CommandLine(new BenchCommands().commands().get(0))
                .setErr(new PrintWriter(err))
                .execute(
                        "^" + bench + "$",
                        "--peers",
                        "--shapes=^tiny:",
                        "--ceilings=^tiny:",
                        "--dtypes=F32,BF16",
                        "--iterations=1",
                        "--millis=5",
                        "--out=" + folder);
        assertEquals(0, status, err::toString);
        String results = Files.readString(folder.resolve("results.json"));
        ways.forEach(way -> assertTrue(results.contains('"' + way + '"'), way));
    }
}
