package io.fsvideo.check;

import io.fsvideo.model.ImageEncoder;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.TapListener;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/** An image encoder from pixels in -1 .. 1 to features. */
final class ImageEncoderCheck implements GoldenCheck {
    @Override
    public void run(Golden golden, Backend backend, Comparison out) {
        ImageEncoderConfig config = ImageEncoderConfig.fromJson(golden.config());
        TapListener taps = (name, tensor) -> {
            if (!name.equals("pixels")) {
                out.taps("debug.").tap(name, tensor);
            } else if (out.wants("output.pixels")) {
                out.compareChannelsFirst("output.pixels", tensor, 1);
            }
        };
        try (Arena root = Arena.root(backend, "weights");
                Arena a = Arena.root(backend, "image", taps)) {
            ImageEncoder encoder = Weights.load(root, golden.weights(), DType.F32, w -> new ImageEncoder(w, config));
            Tensor stored = golden.tensor(a, "input.image");
            int axes = stored.rank();
            long batch = axes == 4 ? stored.dim(0) : 1;
            Tensor image = a.permute(stored.reshape(batch, stored.dim(-3), stored.dim(-2), stored.dim(-1)), 0, 2, 3, 1);
            Tensor features = encoder.forward(a, image);
            if (out.wants("output.features")) {
                out.compare("output.features", features);
            }
        }
    }
}
