package io.fsvideo.bench;

import io.fsvideo.model.DitConfig;

/** Transformers of the benches: published widths, as many layers as a bench needs, no image branch. */
final class DitConfigs {
    private DitConfigs() {}

    /** @param owner {@code tiny}, {@code small}, {@code wan1.3b} or {@code fsvideo14b} */
    static DitConfig of(String owner, int layers, String layerMemory) {
        return switch (owner) {
            case "tiny" ->
                sized(new DitConfig(1, 1, 1, 8, 4, 24, 32, 16, 16, 4, 2, 1, 0, 1e-6f, "none"), layers, layerMemory);
            case "small" ->
                sized(
                        new DitConfig(1, 1, 1, 64, 16, 384, 1024, 64, 64, 16, 6, 1, 0, 1e-6f, "none"),
                        layers,
                        layerMemory);
            case "wan1.3b" -> sized(DitConfig.wan21T2v1_3B(), layers, layerMemory);
            case "fsvideo14b" -> sized(DitConfig.fsvideo14B(), layers, layerMemory);
            default -> throw new IllegalArgumentException("bench: no transformer is called " + owner);
        };
    }

    private static DitConfig sized(DitConfig c, int layers, String layerMemory) {
        return new DitConfig(
                c.patchFrames(),
                c.patchHeight(),
                c.patchWidth(),
                c.textLen(),
                c.inDim(),
                c.dim(),
                c.ffnDim(),
                c.freqDim(),
                c.textDim(),
                c.outDim(),
                c.numHeads(),
                layers,
                0,
                c.eps(),
                layerMemory);
    }
}
