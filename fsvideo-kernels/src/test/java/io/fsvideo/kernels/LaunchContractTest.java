package io.fsvideo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Launches refused before they run, with entry, argument, rule and value in the message. */
class LaunchContractTest {
    private static final long AT = 1 << 20;

    @Test
    void acceptsTheLaunchesOfTheHeaders() {
        gemm().check();
        attention().check();
        conv3d().check();
        linearAttention().check();
    }

    @Test
    void gemm_128x256() {
        refused(gemm(), l -> l.with("depth", 12), "gemm_128x256: depth must be a multiple of 8, got 12");
        refused(gemm(), l -> l.with("rows", 0), "gemm_128x256: rows must be at least 1, got 0");
        refused(gemm(), l -> l.with("activation", 7), "gemm_128x256: activation must be at most 4, got 7");
        refused(gemm(), l -> l.sharedBytes = 164864, "gemm_128x256: shared must be 197632, got 164864");
        refused(gemm(), l -> l.block[0] = 256, "gemm_128x256: block.x must be 384, got 256");
        refused(gemm(), l -> l.with("out", 0), "gemm_128x256: out must be an address, got null");
        refused(gemm(), l -> l.with("out", AT + 8), "gemm_128x256: out must be aligned to 16 bytes, got 0x100008");
        refused(gemm(), l -> l.with("w", 0), "gemm_128x256: w must be an encoded tensor map, got zeros");
        refused(
                gemm(),
                l -> l.with("residual", 0),
                "gemm_128x256: gate, residual, gate_rows must satisfy gate == null || residual != null && gate_rows >= 1, "
                        + "got gate = 0x400000, residual = null, gate_rows = 300");
        refused(
                gemm(),
                l -> l.with("rows", 301),
                "gemm_128x256: out must have batches * rows * columns elements of 2 bytes = 308224 bytes, "
                        + "got 307200 (batches = 1, rows = 301, columns = 512)");
    }

    @Test
    void attention_sm80_128() {
        refused(attention(), l -> l.grid[1] = 39, "attention_sm80_128: grid.y must be heads = 40, got 39");
        refused(
                attention(),
                l -> l.grid[0] = 3,
                "attention_sm80_128: grid.x must be ceil(queries, 64) = 4, got 3 (queries = 200)");
        refused(attention(), l -> l.grid[2] = 70000, "attention_sm80_128: grid.z must be at most 65535, got 70000");
        refused(attention(), l -> l.with("keys", 0), "attention_sm80_128: keys must be at least 1, got 0");
        refused(attention(), l -> l.with("k", 2), "attention_sm80_128: k must be aligned to 16 bytes, got 0x2");
        refused(
                attention(),
                l -> l.with("v", 9 * AT, 2 * 77 * 40 * 128 * 2 - 2),
                "attention_sm80_128: v must have grid.z * keys * heads * 128 elements of 2 bytes = 1576960 bytes, "
                        + "got 1576958 (grid.z = 2, keys = 77, heads = 40)");
        refused(
                attention(),
                l -> l.with("bias", 9 * AT, 4).with("bias_columns", 76),
                "attention_sm80_128: bias, bias_columns, keys must satisfy bias == null || bias_columns >= keys, "
                        + "got bias = 0x900000, bias_columns = 76, keys = 77");
        attention().with("key_lengths", 9 * AT, 8).check();
        refused(
                attention(),
                l -> l.with("key_lengths", 9 * AT, 4),
                "attention_sm80_128: key_lengths must have grid.z elements of 4 bytes = 8 bytes, got 4 (grid.z = 2)");
    }

    @Test
    void conv3d_128() {
        refused(conv3d(), l -> l.with("channels_in", 3), "conv3d_128: channels_in must be at least 8, got 3");
        refused(conv3d(), l -> l.with("channels_in", 12), "conv3d_128: channels_in must be a multiple of 8, got 12");
        refused(
                conv3d(),
                l -> l.grid[1] = 2,
                "conv3d_128: grid.y must be ceil(width, 16) * ceil(height, 8) = 4, got 2 (width = 32, height = 16)");
        refused(conv3d(), l -> l.grid[2] = 4, "conv3d_128: grid.z must be a multiple of frames = 3, got 4");
        refused(
                conv3d(),
                l -> l.with("rearrange", 1).with("factor_space", 3),
                "conv3d_128: rearrange, channels_out, factor_frames, factor_space must satisfy rearrange != 1 || "
                        + "channels_out % (factor_frames * factor_space * factor_space) == 0, "
                        + "got rearrange = 1, channels_out = 256, factor_frames = 1, factor_space = 3");
        refused(
                conv3d(),
                l -> l.with("frame_taps", 9 * AT, 32),
                "conv3d_128: frame_taps must have frames * kernel_frames elements of 4 bytes = 36 bytes, "
                        + "got 32 (frames = 3, kernel_frames = 3)");
    }

    @Test
    void linear_attention() {
        refused(
                linearAttention(),
                l -> l.with("head_dim", 136),
                "linear_attention: head_dim must be at most 128, got 136");
        refused(
                linearAttention(),
                l -> l.sharedBytes = 8448,
                "linear_attention: shared must be 16 * ceil(head_dim, 4) * (4 * ceil(head_dim, 4) + 33) = 8320, "
                        + "got 8448 (head_dim = 30)");
        refused(
                linearAttention(),
                l -> l.block[0] = 128,
                "linear_attention: block.x, head_dim must satisfy block.x == 256 || block.x == 64 && head_dim <= 32, "
                        + "got block.x = 128, head_dim = 30");
    }

    @Test
    void sizesThatOverflowAreRefused() {
        RecordedLaunch launch = gemm();
        launch.with("rows", Integer.MAX_VALUE)
                .with("columns", Integer.MAX_VALUE)
                .with("batches", 1 << 20);
        refused(
                launch,
                l -> {},
                "gemm_128x256: out must have batches * rows * columns elements of 2 bytes = more than 2^63 bytes, "
                        + "got 307200 (batches = 1048576, rows = 2147483647, columns = 2147483647)");
    }

    @Test
    void namesWhatAContractGetsWrong() {
        Map<String, List<KernelParameter>> entries =
                Map.of("k", List.of(new KernelParameter("out", "bf16*"), new KernelParameter("dim", "int")));
        mistaken("//@ dim >= 1", entries, "k: the contract must have a clause out[...]");
        mistaken("//@ out[dims]", entries, "must name an integer or pointer of the launch, got dims");
        mistaken("//@ out[dim + ]", entries, "ends too early");
        mistaken("//@ out[dim]; dim ? 1", entries, "cannot read");
        mistaken("//@ out[ceil(dim 2)]", entries, "needs , at token");
        mistaken("//@ l: out[dim]", entries, "the contract must name entries of [k], got l");
        mistaken("//@ out[dim] align 12", entries, "alignment must be a power of two, got 12");
        mistaken("", entries, "must state a contract in lines of //@, got none");
    }

    private static void mistaken(String source, Map<String, List<KernelParameter>> entries, String part) {
        KernelImageException e =
                assertThrows(KernelImageException.class, () -> ContractParser.contracts(source, entries));
        assertEquals(true, e.getMessage().contains(part), e.getMessage());
    }

    private static void refused(RecordedLaunch launch, Consumer<RecordedLaunch> change, String message) {
        change.accept(launch);
        assertEquals(message, assertThrows(LaunchException.class, launch::check).getMessage());
    }

    private static RecordedLaunch gemm() {
        RecordedLaunch launch = launch("gemm_128x256", new int[] {4, 1, 1}, new int[] {384, 1, 1}, 197632);
        launch.with("out", AT, 307200).with("a", 1).with("w", 1).with("bias", 2 * AT, 2048);
        launch.with("residual", 3 * AT, 307200).with("gate", 4 * AT, 2048);
        launch.with("rows", 300)
                .with("columns", 512)
                .with("depth", 72)
                .with("batches", 1)
                .with("gate_rows", 300);
        return launch;
    }

    private static RecordedLaunch attention() {
        RecordedLaunch launch = launch("attention_sm80_128", new int[] {4, 40, 2}, new int[] {128, 1, 1}, 0);
        launch.with("out", AT).with("q", AT).with("k", AT).with("v", AT);
        return launch.with("queries", 200).with("keys", 77).with("heads", 40).with("bias_columns", 77);
    }

    private static RecordedLaunch conv3d() {
        RecordedLaunch launch = launch("conv3d_128", new int[] {2, 4, 6}, new int[] {384, 1, 1}, 163920);
        launch.with("out", AT).with("x", 1).with("w", 1).with("frame_taps", AT).with("frames", 3);
        launch.with("height", 16).with("width", 32).with("channels_in", 64).with("channels_out", 256);
        launch.with("kernel_frames", 3)
                .with("kernel_height", 3)
                .with("kernel_width", 3)
                .with("top", 1);
        return launch.with("left", 1).with("factor_frames", 1).with("factor_space", 1);
    }

    private static RecordedLaunch linearAttention() {
        RecordedLaunch launch = launch("linear_attention", new int[] {2, 4, 1}, new int[] {64, 1, 1}, 8320);
        return launch.with("out", AT)
                .with("q", AT)
                .with("sums", AT)
                .with("queries", 50)
                .with("head_dim", 30);
    }

    private static RecordedLaunch launch(String entry, int[] grid, int[] block, int sharedBytes) {
        return new RecordedLaunch(KernelImage.ofEntry(entry), entry, grid, block, sharedBytes);
    }
}
