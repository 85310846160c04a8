package io.fsvideo.demo;

import io.fsvideo.FsVideo;
import io.fsvideo.Request;
import io.fsvideo.cli.BackendArguments;
import io.fsvideo.cli.ProgressLine;
import io.fsvideo.demo.motion.Frames;
import io.fsvideo.demo.motion.Motion;
import io.fsvideo.demo.pictures.HeldOut;
import io.fsvideo.demo.pictures.TrueClip;
import io.fsvideo.demo.sheet.ContactSheet;
import io.fsvideo.demo.sheet.MovingSheet;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.media.VideoFormat;
import io.fsvideo.pipeline.Defaults;
import io.fsvideo.tensor.FsVideoException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Frames of held-out pictures' clips on one picture. */
@Command(
        name = "sheet",
        description = {
            "Draw a contact sheet: one held-out picture per prompt, the input and every fourth frame of its clip;",
            "or, as a GIF, the clips side by side.",
            "With --true, the clips are what a camera sees, not what the model makes."
        },
        footer = {"", "Example:", "  fsvideo demo sheet models/demo --out sheet.png"})
final class SheetCommand implements Callable<Integer> {
    private static final int FRAME_STEP = 4;
    private static final int LARGER_SIDE = 128;
    private static final int MOVING_SIDE = 184;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "Model directory.")
    private Path model;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "A PNG or a GIF; replaced when it exists.")
    private Path out;

    @Mixin
    private PromptArguments promptArguments;

    @Option(names = "--true", description = "Show true clips.")
    private boolean truth;

    @Mixin
    private BackendArguments backendArguments;

    @Override
    public Integer call() {
        VideoFormat format = VideoFormat.of(out);
        if (format != VideoFormat.APNG && format != VideoFormat.GIF) {
            throw new FsVideoException("sheet: --out must end in .png or .gif, got " + out);
        }
        format.requireWritable(out);
        List<Motion> prompts = promptArguments.motions(
                List.of(Motion.PAN_LEFT, Motion.ZOOM_IN, Motion.PAN_UP, Motion.ROTATE_CLOCKWISE));
        List<Clip> clips = clips(prompts);
        (format == VideoFormat.GIF ? moving(clips) : still(clips)).write(out);
        spec.commandLine().getOut().println("wrote " + out + ": " + prompts.size() + " clips of " + model);
        return 0;
    }

    private record Clip(String prompt, Image input, Video video) {}

    private List<Clip> clips(List<Motion> prompts) {
        Defaults pipeline = pipeline();
        List<HeldOut.Picture> pictures =
                promptArguments.pictures(prompts.size(), TrueClip.pictureSide(pipeline.height(), pipeline.width()));
        List<Clip> clips = new ArrayList<>();
        try (FsVideo fsVideo = FsVideo.open(model, backendArguments.openOptions());
                ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            line.show("generate", 0, prompts.size());
            for (int i = 0; i < prompts.size(); i++) {
                Video clip = new TrueClip(prompts.get(i), TrueClip.USUAL_SPEED)
                        .render(
                                pictures.get(i).image(),
                                pipeline.frames(),
                                pipeline.height(),
                                pipeline.width(),
                                pipeline.framesPerSecond());
                Image input = Frames.image(clip, 0);
                String prompt = prompts.get(i).prompt();
                clips.add(new Clip(prompt, input, truth ? clip : generate(fsVideo, pipeline, input, prompt)));
                line.show("generate", i + 1, prompts.size());
            }
        }
        return clips;
    }

    private Defaults pipeline() {
        return ModelDirectory.open(model).config().pipeline();
    }

    private Video still(List<Clip> clips) {
        int[] size = size(LARGER_SIDE);
        List<Integer> frames = IntStream.range(0, pipeline().frames())
                .filter(frame -> frame % FRAME_STEP == 0)
                .boxed()
                .toList();
        ContactSheet sheet = new ContactSheet(frames, size[0], size[1]);
        clips.forEach(clip -> sheet.add(clip.prompt(), clip.input(), clip.video()));
        Image drawn = Image.of(sheet.draw());
        return Video.ofFloats(drawn.toFloats(), drawn.height(), drawn.width(), 1);
    }

    private Video moving(List<Clip> clips) {
        int[] size = size(MOVING_SIDE);
        MovingSheet sheet = new MovingSheet(size[0], size[1]);
        clips.forEach(clip -> sheet.add(clip.prompt(), clip.video()));
        return sheet.draw();
    }

    /** Height and width of pictures on the sheet. */
    private int[] size(int largerSide) {
        Defaults pipeline = pipeline();
        double scale = (double) largerSide / Math.max(pipeline.height(), pipeline.width());
        return new int[] {(int) Math.round(scale * pipeline.height()), (int) Math.round(scale * pipeline.width())};
    }

    private Video generate(FsVideo fsVideo, Defaults pipeline, Image input, String prompt) {
        Request request = Request.of(input)
                .withPrompt(prompt)
                .withSize(pipeline.height(), pipeline.width())
                .withSeed(promptArguments.seed());
        return fsVideo.generate(request).video();
    }
}
