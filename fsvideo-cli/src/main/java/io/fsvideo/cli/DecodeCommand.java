package io.fsvideo.cli;

import io.fsvideo.CancelledException;
import io.fsvideo.FsVideo;
import io.fsvideo.Job;
import io.fsvideo.Latents;
import io.fsvideo.ProgressListener;
import io.fsvideo.Request;
import io.fsvideo.Result;
import io.fsvideo.VaeTiling;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.media.VideoFormat;
import io.fsvideo.pipeline.Part;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Latents in, one video out. */
@Command(
        name = "decode",
        description = {
            "Make the video of latents that 'generate --save-latents' kept: the same one, with the same --vae-tiling. Only the",
            "autoencoder is loaded. Latents of other programs are read too: one tensor of five dimensions in a safetensors file",
            "or one of torch.save, normalised as diffusion models see them."
        },
        footer = {"", "Example:", "  fsvideo decode latents.safetensors --model models/wan --out out.mp4"})
final class DecodeCommand implements Callable<Integer> {
    private static final int INTERRUPTED = 130;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "LATENTS", description = "A .safetensors file, or one of torch.save.")
    private Path latents;

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "FILE",
            description = "Replaced when it exists; the format follows the name.")
    private Path out;

    @Option(
            names = "--layout",
            description =
                    "Dimensions of the tensor: one of ${COMPLETION-CANDIDATES} (default: as the file says, else NCTHW).")
    private Latents.Layout layout;

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "The picture the video was made from, for FSVideo models, whose decoder looks at it.")
    private Path image;

    @Option(
            names = "--vae-tiling",
            arity = "0..1",
            fallbackValue = "256",
            paramLabel = "<pixels>",
            description = "Decode in tiles of this side, 256 unless said, for Wan and DC-VideoGen models.")
    private Integer vaeTiling;

    @Option(
            names = "--fps",
            paramLabel = "<rate>",
            description = "Frames per second of the file, 1 to 1000 (default: the model's).")
    private Integer fps;

    @Mixin
    private ModelArguments modelArguments;

    @Override
    public Integer call() {
        VideoFormat format = VideoFormat.of(out);
        format.requireWritable(out);
        if (fps != null && (fps < 1 || fps > 1000)) {
            throw new ParameterException(spec.commandLine(), "--fps must be within 1..1000, got " + fps);
        }
        modelArguments.ranks().refuseGroup("decode", "one process decodes a video");
        Request request = Request.ofLatents(layout == null ? Latents.read(latents) : Latents.read(latents, layout));
        request = image == null ? request : request.withImage(Image.read(image));
        request = vaeTiling == null ? request : request.withVaeTiling(VaeTiling.of(vaeTiling));
        CompletableFuture<Job> job = new CompletableFuture<>();
        try (CancelOnSignal signal = new CancelOnSignal(() -> job.thenAccept(Job::cancel))) {
            return decode(request, format, job);
        }
    }

    private int decode(Request request, VideoFormat format, CompletableFuture<Job> started) {
        PrintWriter err = spec.commandLine().getErr();
        try (FsVideo fsVideo = modelArguments.openWithout(allButTheAutoencoder());
                ProgressPrinter progress = new ProgressPrinter(err, ProgressLine.Style.here())) {
            Job job = fsVideo.submit(request, ProgressListener.inStep(progress));
            started.complete(job);
            Result result = job.join();
            Video video = fps == null ? result.video() : result.video().withFps(fps);
            video.write(out, format);
            spec.commandLine().getOut().println(GenerateCommand.summary(out, result, video));
            return 0;
        } catch (CancelledException e) {
            err.println("cancelled, nothing was written");
            return INTERRUPTED;
        }
    }

    private Set<String> allButTheAutoencoder() {
        return ModelDirectory.open(modelArguments.directory()).config().parts().stream()
                .map(part -> part.folder())
                .filter(folder -> !folder.equals(Part.AUTOENCODER.folder()))
                .collect(Collectors.toSet());
    }
}
