package io.fsvideo.weightstools;

import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.Weights;
import io.fsvideo.weightstools.checkpoint.ShardWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Shards of a real configuration with noise for values, quickly; for {@code measure-convert.sh}, which runs this file. */
final class SyntheticShards {
    private static final int PIECE_BYTES = 1 << 19;

    private SyntheticShards() {}

    /** @param arguments a configuration of one part, and a folder that does not exist */
    public static void main(String[] arguments) throws IOException {
        ModelPart part = ModelFamily.parts(arguments[0]).get(0);
        Path folder = Files.createDirectories(Path.of(arguments[1]));
        Map<String, Declared> tensors = new TreeMap<>();
        try (Backend backend = Backend.open("cpu")) {
            Map<String, Shape> shapes =
                    Weights.requests(backend, part.constructor()).shapes();
            shapes.forEach((name, shape) -> tensors.put(name, new Declared(DType.F32, shape)));
        }
        Random random = new Random(1);
        byte[] noise = new byte[PIECE_BYTES];
        random.nextBytes(noise);
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES).put(noise);
        ShardWriter writer = new ShardWriter(folder, Map.of(), (name, file) -> {
            long bytes = ShardWriter.bytes(Map.of(name, tensors.get(name)));
            for (long done = 0; done < bytes; done += PIECE_BYTES) {
                piece.clear().limit((int) Math.min(PIECE_BYTES, bytes - done));
                piece.putInt(0, random.nextInt());
                file.write(name, piece);
            }
        });
        int files = writer.write(tensors, ShardWriter.USUAL_BYTES);
        System.out.println("made " + folder + ": " + files + " shards, " + ShardWriter.bytes(tensors) + " bytes");
    }
}
