package io.fsvideo.model;

import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Conv3d;
import io.fsvideo.nn.Flow;
import io.fsvideo.nn.Kernel;
import io.fsvideo.nn.Layer;
import io.fsvideo.nn.Linear;
import io.fsvideo.nn.PixelNorm;
import io.fsvideo.nn.TimeMode;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.List;

/** The layers of a {@link WanVae} (Wan-Video/Wan2.1 9737cba, wan/modules/vae.py). */
final class WanVaeLayers {
    private static final float NORM_FLOOR = 1e-12f;

    private WanVaeLayers() {}

    /** {@code CausalConv3d}: 3x3x3, zeros before the clip. */
    static Conv3d causal(Weights w, long in, long out) {
        return Conv3d.of(w, Kernel.of(in, out, 3), TimeMode.causalZero());
    }

    /** {@code CausalConv3d} 1x1x1. */
    static Conv3d pointwise(Weights w, long in, long out) {
        return Conv3d.of(w, Kernel.of(in, out, 1), TimeMode.none());
    }

    /** {@code RMS_norm}: {@code x / max(|x|, 1e-12) sqrt(channels) gamma}; the floor stands under the root here. */
    static PixelNorm rmsNorm(Weights w, long channels, long... shape) {
        Tensor gamma = w.tensor("gamma", shape).reshape(channels);
        return new PixelNorm(gamma, null, NORM_FLOOR * NORM_FLOOR / channels);
    }

    /** {@code norm}, SiLU, {@code conv}. */
    record NormConv(PixelNorm norm, Conv3d conv) implements Layer {
        static NormConv of(Weights w, int norm, int conv, long in, long out) {
            return new NormConv(rmsNorm(w.at(norm), in, in, 1, 1, 1), causal(w.at(conv), in, out));
        }

        @Override
        public Tensor forward(Arena a, Tensor x, Chunk chunk) {
            try (Flow flow = new Flow(a, x)) {
                return along(flow, chunk).finish();
            }
        }

        /** Runs in the caller's flow, which frees its value as soon as it is normalized. */
        Flow along(Flow flow, Chunk chunk) {
            flow.then("norm", norm::forward).then("silu", (s, v) -> s.activation(v, Activation.SILU));
            return flow.then("conv", (s, v) -> conv.forward(s, v, chunk));
        }
    }

    /** {@code ResidualBlock}. @param shortcut 1x1x1, or null where the width stays */
    record ResidualBlock(NormConv first, NormConv second, Conv3d shortcut) implements Layer {
        static ResidualBlock of(Weights w, long in, long out) {
            Weights residual = w.at("residual");
            return new ResidualBlock(
                    NormConv.of(residual, 0, 2, in, out),
                    NormConv.of(residual, 3, 6, out, out),
                    in == out ? null : pointwise(w.at("shortcut"), in, out));
        }

        @Override
        public Tensor forward(Arena a, Tensor x, Chunk chunk) {
            try (Arena t = a.child("residual");
                    Flow flow = new Flow(t, x)) {
                second.along(first.along(flow, chunk), chunk);
                Tensor kept = shortcut == null ? x : shortcut.forward(t, x, chunk);
                return t.keep(t.add(flow.value(), kept));
            }
        }
    }

    /** {@code AttentionBlock}: each frame's pixels attend to each other in one head. */
    record AttentionBlock(PixelNorm norm, Linear qkv, Linear proj) implements Layer {
        static AttentionBlock of(Weights w, long dim) {
            return new AttentionBlock(
                    rmsNorm(w.at("norm"), dim, dim, 1, 1),
                    image(w.at("to_qkv"), dim, 3 * dim),
                    image(w.at("proj"), dim, dim));
        }

        private static Linear image(Weights w, long in, long out) {
            return new Linear(w.linear("weight", out, in, 1, 1), w.tensor("bias", out));
        }

        @Override
        public Tensor forward(Arena a, Tensor x, Chunk chunk) {
            try (Arena t = a.child("attention");
                    Flow flow = new Flow(t, x)) {
                flow.then("norm", norm::forward).then("qkv", qkv::forward).then("attend", this::attend);
                flow.then("proj", proj::forward);
                Tensor y = flow.value().reshape(x.shape().toArray());
                return t.keep(t.add(x, y));
            }
        }

        private Tensor attend(Arena a, Tensor qkv) {
            long dim = qkv.dim(4) / 3;
            if (qkv.numel() == 0) {
                return a.slice(qkv, 4, 0, dim);
            }
            Tensor frames = qkv.reshape(qkv.dim(0) * qkv.dim(1), qkv.dim(2) * qkv.dim(3), 3, dim);
            try (Arena t = a.child("attend")) {
                Tensor q = t.slice(frames, 2, 0, 1);
                Tensor k = t.slice(frames, 2, 1, 2);
                Tensor v = t.slice(frames, 2, 2, 3);
                return t.keep(t.attention(q, k, v, null, null, (float) (1 / Math.sqrt(dim))));
            }
        }
    }

    /** {@code Resample} down: half the height and width; then, with {@code timeConv}, half the frames after the clip's first. */
    record Down(Conv3d conv, Tensor timeWeight, Tensor timeBias) implements Layer {
        static Down of(Weights w, long dim, TimeStep time) {
            Conv3d conv = Conv3d.of(w.at("resample", 1), Kernel.of(dim, dim, 3).withStride(2), TimeMode.image());
            if (time == TimeStep.KEEP) {
                return new Down(conv, null, null);
            }
            Weights timeConv = w.at("time_conv");
            return new Down(conv, timeConv.conv3d("weight", 1, dim, dim, 3, 1, 1), timeConv.tensor("bias", dim));
        }

        @Override
        public Tensor forward(Arena a, Tensor x, Chunk chunk) {
            try (Flow flow = new Flow(a, x)) {
                flow.then("space", this::halveSpace);
                if (timeWeight != null) {
                    flow.then("time", (s, v) -> halveTime(s, v, chunk));
                }
                return flow.finish();
            }
        }

        /** A row and a column of zeros at the far sides only. */
        private Tensor halveSpace(Arena a, Tensor x) {
            FrameTaps taps = FrameTaps.valid((int) x.dim(1), 1);
            return a.conv3d(x, conv.weight(), conv.bias(), new Conv3dGeometry(taps, 2, 0, 1, 0, 1, 1), Activation.NONE);
        }

        /** The clip's first frame passes; every two later ones are joined with the one before them. */
        private Tensor halveTime(Arena a, Tensor x, Chunk chunk) {
            boolean first = chunk.isFirst(this, x);
            try (Arena t = a.child("halveTime")) {
                Tensor earlier = chunk.recall(this);
                Tensor frames = earlier == null ? x : t.concat(1, List.of(earlier, x));
                int outputs = (int) Math.max(0, (frames.dim(1) - 1) / 2);
                int[] sources = new int[outputs * 3];
                for (int i = 0; i < sources.length; i++) {
                    sources[i] = i / 3 * 2 + i % 3;
                }
                Tensor joined = t.conv3d(
                        frames,
                        timeWeight,
                        timeBias,
                        Conv3dGeometry.same(FrameTaps.of(3, sources), 1, 1, 1),
                        Activation.NONE);
                if (frames.dim(1) > 0) {
                    chunk.remember(this, frames, 2L * outputs);
                }
                return t.keep(first ? t.concat(1, List.of(t.slice(x, 1, 0, 1), joined)) : joined);
            }
        }
    }

    /** {@code Resample} up: with {@code timeConv}, two frames for each after the clip's first; then twice the height and width. */
    record Up(Conv3d timeConv, Conv3d conv) implements Layer {
        static Up of(Weights w, long dim, TimeStep time) {
            Conv3d conv = Conv3d.of(w.at("resample", 1), Kernel.of(dim, dim / 2, 3), TimeMode.image());
            Conv3d timeConv = time == TimeStep.KEEP
                    ? null
                    : Conv3d.of(w.at("time_conv"), Kernel.of(dim, 2 * dim, 1), TimeMode.causalZero());
            return new Up(timeConv, conv);
        }

        @Override
        public Tensor forward(Arena a, Tensor x, Chunk chunk) {
            try (Flow flow = new Flow(a, x)) {
                if (timeConv != null) {
                    flow.then("time", (s, v) -> doubleTime(s, v, chunk));
                }
                flow.then("nearest", (s, v) -> s.resize(v, 2 * v.dim(2), 2 * v.dim(3), Resampling.NEAREST));
                return flow.then("conv", (s, v) -> conv.forward(s, v, chunk)).finish();
            }
        }

        /** The clip's first frame passes and is zero to the later ones. Of the channels the first half is the earlier frame. */
        private Tensor doubleTime(Arena a, Tensor x, Chunk chunk) {
            long passed = chunk.isFirst(this, x) ? 1 : 0;
            try (Arena t = a.child("doubleTime")) {
                Tensor later = passed == 0 ? x : t.slice(x, 1, passed, x.dim(1));
                Tensor pairs = timeConv.forward(t, later, chunk);
                long dim = x.dim(4);
                Tensor split = pairs.reshape(x.dim(0) * later.dim(1), x.dim(2) * x.dim(3), 2, dim);
                Tensor doubled =
                        t.permute(split, 0, 2, 1, 3).reshape(x.dim(0), 2 * later.dim(1), x.dim(2), x.dim(3), dim);
                return t.keep(passed == 0 ? doubled : t.concat(1, List.of(t.slice(x, 1, 0, 1), doubled)));
            }
        }
    }

    /** Whether a step changes the frame rate. */
    enum TimeStep {
        KEEP,
        CHANGE;

        static TimeStep of(boolean temporal) {
            return temporal ? CHANGE : KEEP;
        }
    }
}
