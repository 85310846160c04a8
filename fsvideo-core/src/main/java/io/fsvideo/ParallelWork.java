package io.fsvideo;

import io.fsvideo.model.DitConfig;

/**
 * The transformers' work for one video.
 *
 * @param base of the base model
 * @param refiner of the refiner, or null without one
 */
public record ParallelWork(ParallelCost.Work base, ParallelCost.Work refiner) {
    /** Of the model's default video. */
    public static ParallelWork of(ModelConfig config) {
        Defaults defaults = config.pipeline();
        return of(config, defaults.frames(), defaults.height(), defaults.width());
    }

    /** Of a video of this size. @throws RequestException when the model cannot make it */
    public static ParallelWork of(ModelConfig config, int frames, int height, int width) {
        Defaults defaults = config.pipeline();
        int branches = defaults.guidance() == 1 ? 1 : 2;
        int images = imageRows(config);
        if (config instanceof WanConfig wan) {
            Geometry g = new Geometry(frames, height, width, wan.sizes());
            return new ParallelWork(
                    new ParallelCost.Work(
                            wan.transformer(),
                            positions(g) / wan.transformer().patchVolume(),
                            branches,
                            defaults.steps(),
                            images),
                    null);
        }
        FsVideoConfig model = (FsVideoConfig) config;
        Geometry g = new Geometry(frames, height, width, SizeRule.FSVIDEO);
        long low = positions(g) / 4 / model.transformer().patchVolume();
        long high = positions(g) / model.refiner().patchVolume();
        return new ParallelWork(
                new ParallelCost.Work(model.transformer(), low, branches, defaults.steps(), images),
                new ParallelCost.Work(model.refiner(), high, 1, defaults.refinerSteps(), images));
    }

    /** Keys of the transformers' image branch, 0 without one. */
    static int imageRows(ModelConfig config) {
        DitConfig dit = config.dit(Part.TRANSFORMER);
        if (dit.clipDim() == 0) {
            return 0;
        }
        int rows = config instanceof WanConfig wan
                ? wan.imageEncoder().tokens()
                : ((FsVideoConfig) config).imageEncoder().tokens();
        return Math.max(rows, dit.imageRows());
    }

    private static long positions(Geometry g) {
        return (long) g.latentFrames() * g.latentHeight() * g.latentWidth();
    }
}
