package io.fsvideo.nn;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.List;

/**
 * {@code x + norm(conv2(activation(conv1(x))))}, with optional noise after each convolution. DC-AE's ResBlock (mit-han-lab/efficientvit
 * de7d773), FSVideo section 2.2.
 *
 * @param name module name, under which {@link DecoderNoise} is looked up
 * @param noiseWeight factor of the noise
 */
public record ResBlock(String name, Conv3d conv1, Conv3d conv2, Norm norm, Activation activation, float noiseWeight)
        implements Layer {
    /** Reads {@code main.conv1.conv} with and {@code main.conv2.conv} without bias, and conv2's norm. */
    public static ResBlock of(Weights w, long channels, TimeMode time, Norm.Factory norm, Activation activation) {
        Weights main = w.at("main");
        Kernel kernel = Kernel.of(channels, channels, 3);
        Conv3d conv1 = Conv3d.of(main.at("conv1", "conv"), kernel, time);
        Conv3d conv2 = Conv3d.of(main.at("conv2", "conv"), kernel.withoutBias(), time);
        return new ResBlock("", conv1, conv2, norm.of(main.at("conv2"), channels), activation, 0);
    }

    /** This block, taking noise under {@code moduleName + ".main.conv1"} and {@code ".main.conv2"}. */
    public ResBlock withNoise(String moduleName, float weight) {
        return new ResBlock(moduleName, conv1, conv2, norm, activation, weight);
    }

    @Override
    public Tensor forward(Arena a, Tensor x, Chunk chunk) {
        try (Arena t = a.child("resBlock");
                Flow main = new Flow(t, x)) {
            try (Arena n = t.child("noise")) {
                Tensor noise1 = noise(n, chunk, "conv1", x);
                Tensor noise2 = noise(n, chunk, "conv2", x);
                main.then("conv1", (s, v) -> conv1.forward(s, v, chunk, noise1 == null ? activation : Activation.NONE));
                if (noise1 != null) {
                    main.then("noise1", (s, v) -> s.add(v, noise1)).then("act", (s, v) -> s.activation(v, activation));
                }
                main.then("conv2", (s, v) -> conv2.forward(s, v, chunk));
                if (noise2 != null) {
                    main.then("noise2", (s, v) -> s.add(v, noise2));
                }
            }
            main.then("norm", norm::forward);
            Tensor due = chunk.delayed(t, this, x, main.value().dim(1));
            return t.keep(t.add(due, main.value()));
        }
    }

    private Tensor noise(Arena n, Chunk chunk, String conv, Tensor x) {
        DType dtype = x.dtype();
        Tensor map = chunk.noise().map(n, name + ".main." + conv, dtype, x.dim(2), x.dim(3));
        return map == null ? null : n.weightedSum(new float[] {noiseWeight}, List.of(map));
    }
}
