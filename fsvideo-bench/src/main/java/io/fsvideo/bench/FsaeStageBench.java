package io.fsvideo.bench;

import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.PixelNorm;
import io.fsvideo.nn.ResBlock;
import io.fsvideo.nn.TimeMode;
import io.fsvideo.nn.Up;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/**
 * One outer stage of the Lite decoder, an upsampling step and three residual blocks: frames, height, width, inputs, outputs, frames made
 * of one, frames per latent frame.
 */
public class FsaeStageBench extends NetworkBench {
    private static final float EPS = 1e-8f;
    private static final int BLOCKS = 3;

    @Param({"tiny:3x4x4x8x8x2x1", "fsae_lite_stage0:5x128x128x128x64x2x2", "fsae_lite_stage1:3x64x64x512x128x2x1"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Work work(Inputs in, long[] n) {
        Tensor x = in.normal(1, n[0], n[1], n[2], n[3]).tensor();
        return new Work.Stage(in.arena(), WEIGHTS, dtype, x, n[4], (int) n[5], (int) n[6], BLOCKS);
    }

    private record Layers(Up up, List<ResBlock> blocks) {}

    private static Layers layers(Weights w, Work.Stage s) {
        TimeMode before = TimeMode.group(s.rate());
        TimeMode after = TimeMode.group(s.rate() * s.frames());
        Up up = Up.of(w.at("op_list", 0), s.x().dim(4), s.out(), s.frames(), before);
        List<ResBlock> blocks = new ArrayList<>();
        for (int i = 1; i <= s.blocks(); i++) {
            blocks.add(ResBlock.of(
                    w.at("op_list", i), s.out(), after, (place, channels) -> PixelNorm.plain(EPS), Activation.SILU));
        }
        return new Layers(up, blocks);
    }

    @Override
    Network network(Arena a, Work work, DType compute) {
        Work.Stage stage = (Work.Stage) work;
        Layers layers = Weights.load(a, WEIGHTS, compute, w -> layers(w, stage));
        return new Network(s -> forward(s, layers, stage, compute));
    }

    private static Tensor forward(Arena a, Layers layers, Work.Stage stage, DType compute) {
        try (Arena t = a.child("stage")) {
            Chunk whole = Chunk.whole();
            Tensor x = layers.up().forward(t, t.cast(stage.x(), compute), whole);
            for (ResBlock block : layers.blocks()) {
                x = block.forward(t, x, whole);
            }
            return t.keep(x);
        }
    }
}
