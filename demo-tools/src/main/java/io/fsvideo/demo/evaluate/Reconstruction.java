package io.fsvideo.demo.evaluate;

import io.fsvideo.demo.motion.Frames;
import io.fsvideo.family.fsvideo.FsVideoConfig;
import io.fsvideo.media.FrameCollector;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.DecoderStream;
import io.fsvideo.model.Encoded;
import io.fsvideo.pipeline.Part;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Safetensors;
import io.fsvideo.weights.Weights;
import java.nio.file.Path;

/** The autoencoder of a model alone: a clip in, the clip it keeps out. */
final class Reconstruction implements AutoCloseable {
    private final Backend backend;
    private final Arena weights;
    private final Autoencoder autoencoder;

    /** @param backend closed by whoever opened it, after this */
    Reconstruction(Path model, FsVideoConfig config, Backend backend) {
        this.backend = backend;
        this.weights = Arena.root(backend, "autoencoder");
        try (Safetensors file = Safetensors.open(model.resolve(Part.AUTOENCODER.folder()))) {
            this.autoencoder =
                    Weights.load(weights, file, backend.computeDType(), w -> new Autoencoder(w, config.autoencoder()));
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    Video of(Video video) {
        try (Arena a = Arena.root(backend, "reconstruction")) {
            long[] shape = {1, video.frames(), video.height(), video.width(), 3};
            Tensor pixels = a.of("video", backend.computeDType(), pixels(video), shape);
            Encoded encoded = autoencoder.encode(a, pixels);
            FrameCollector frames = new FrameCollector(video.height(), video.width(), video.fps());
            try (DecoderStream decoder = autoencoder.decoderStream(a, encoded.features())) {
                for (int i = 0; i < encoded.latent().dim(1); i++) {
                    frames.append(decoder.decode(a, a.slice(encoded.latent(), 1, i, i + 1))
                            .toFloats());
                }
                frames.append(decoder.finish(a).toFloats());
            }
            return frames.video();
        }
    }

    private static float[] pixels(Video video) {
        int size = video.height() * video.width() * 3;
        float[] pixels = new float[video.frames() * size];
        for (int frame = 0; frame < video.frames(); frame++) {
            Image image = Frames.image(video, frame);
            System.arraycopy(image.toFloats(), 0, pixels, frame * size, size);
        }
        return pixels;
    }

    @Override
    public void close() {
        weights.close();
    }
}
