package io.fsvideo.bench;

import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.Features;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.SortedMap;
import java.util.TreeMap;
import org.openjdk.jmh.annotations.Param;

/** The whole Lite decoder at once: latent frames, height, width; the clip is 4 (frames - 1) + 1 frames of 64 times the size. */
public class FsaeDecodeBench extends NetworkBench {
    @Param({"tiny:3x1x1", "fsae_lite:3x4x4", "full_720p:31x12x20"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Work work(Inputs in, long[] n) {
        AutoencoderConfig config =
                BenchShape.owner(shape).equals("tiny") ? AutoencoderConfig.tinyLite() : AutoencoderConfig.fsaeLite();
        Tensor latent = in.normal(1, n[0], n[1], n[2], config.latentChannels()).tensor();
        SortedMap<Integer, Tensor> features = new TreeMap<>();
        int last = config.decoder().size() - 1;
        for (int stage : config.featureStages()) {
            long side = 1L << (last - Math.min(stage + 1, last));
            long width = config.decoder().get(Math.min(stage + 1, last)).width();
            features.put(stage, in.normal(1, 1, n[1] * side, n[2] * side, width).tensor());
        }
        return new Work.Decoder(in.arena(), WEIGHTS, config, dtype, latent, features);
    }

    @Override
    Network network(Arena a, Work work, DType compute) {
        Work.Decoder d = (Work.Decoder) work;
        Autoencoder autoencoder = Weights.load(a, WEIGHTS, compute, w -> new Autoencoder(w, d.config()));
        return new Network(s -> autoencoder.decode(s, d.latent(), new Features(d.features())));
    }
}
