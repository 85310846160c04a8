package io.fsvideo.cli;

import io.fsvideo.CancelledException;
import io.fsvideo.Embeddings;
import io.fsvideo.FsVideo;
import io.fsvideo.Job;
import io.fsvideo.ModelInfo;
import io.fsvideo.ProgressListener;
import io.fsvideo.Request;
import io.fsvideo.Result;
import io.fsvideo.media.Video;
import io.fsvideo.media.VideoFormat;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** One image in, one video out. */
@Command(
        name = "generate",
        description = {
            "Make a video from an image. Ctrl-C cancels and leaves nothing behind.",
            "The format follows the name of --out: .mp4, .apng, .png, .gif, .y4m, or no ending for a folder of PNG"
                    + " files."
        },
        footer = {
            "",
            "Example:",
            "  fsvideo generate --image examples/coffee.jpg --prompt \"the camera pans left\" --seed 7 --out out.mp4"
        })
final class GenerateCommand implements Callable<Integer> {
    private static final int INTERRUPTED = 130;
    private static final double MEBI = 1 << 20;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "PNG, JPEG, WebP, BMP or GIF; not for models that take words alone.")
    private Path image;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Replaced when it exists.")
    private Path out;

    @Option(
            names = "--fps",
            paramLabel = "<rate>",
            description =
                    "Frames per second of the file, 1 to 1000, for slower or faster motion (default: the model's).")
    private Integer fps;

    @Option(
            names = "--save-embeddings",
            paramLabel = "FILE",
            description = "Keep the prompt as the text encoder has read it (safetensors), for --embeddings.")
    private Path saveEmbeddings;

    @Option(
            names = "--embeddings",
            paramLabel = "FILE",
            description = {
                "What --save-embeddings kept, in the place of --prompt and --negative-prompt. The text encoder is not loaded; the",
                "video is the same."
            })
    private Path embeddings;

    @Option(
            names = "--save-latents",
            paramLabel = "FILE",
            description = "Keep the latents before they are decoded (safetensors), for the command decode.")
    private Path saveLatents;

    private OptionalLong chosenSeed = OptionalLong.empty();

    @Mixin
    private RequestArguments requestArguments;

    @Mixin
    private ModelArguments modelArguments;

    @Override
    public Integer call() {
        VideoFormat format = VideoFormat.of(out);
        format.requireWritable(out);
        if (fps != null && (fps < 1 || fps > 1000)) {
            throw new ParameterException(spec.commandLine(), "--fps must be within 1..1000, got " + fps);
        }
        PrintWriter err = spec.commandLine().getErr();
        Request request = request();
        modelArguments.makeDefault(err);
        CompletableFuture<Job> job = new CompletableFuture<>();
        try (CancelOnSignal signal = new CancelOnSignal(() -> job.thenAccept(Job::cancel))) {
            return generate(request, format, err, job);
        }
    }

    private Request request() {
        if (embeddings != null && requestArguments.hasWords()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--embeddings must be given without --prompt, --prompt-file and --negative-prompt");
        }
        for (Path saved : new Path[] {saveEmbeddings, saveLatents}) {
            if (saved != null) {
                SavedFile.requireWritable(saved);
            }
        }
        // Processes of a group must all have the same.
        chosenSeed = modelArguments.ranks().isGroup() ? OptionalLong.empty() : requestArguments.chooseSeed();
        Request request = requestArguments.of(image);
        request = embeddings == null ? request : request.withEmbeddings(Embeddings.read(embeddings));
        request = saveEmbeddings == null ? request : request.withEmbeddingsTo(made -> made.write(saveEmbeddings));
        return saveLatents == null ? request : request.withLatentsTo(made -> made.write(saveLatents));
    }

    private FsVideo open() {
        return embeddings == null ? modelArguments.open() : modelArguments.openWithout(Set.of("text_encoder"));
    }

    private int generate(Request request, VideoFormat format, PrintWriter err, CompletableFuture<Job> started) {
        if (!modelArguments.isFirst()) {
            return follow(request, started);
        }
        try (FsVideo fsVideo = open();
                ProgressPrinter progress = new ProgressPrinter(err, ProgressLine.Style.here())) {
            chosenSeed.ifPresent(seed -> err.println("seed " + seed + "; --seed " + seed + " makes this video again"));
            fsVideo.findings()
                    .forEach((part, found) -> err.println("found in " + part + ": " + String.join("; ", found)));
            requireEncodable(format, request, fsVideo.model());
            // A line for every part, however short: a listener of its own would miss some.
            Result result = run(fsVideo, request, ProgressListener.inStep(progress), started);
            Video video = fps == null ? result.video() : result.video().withFps(fps);
            video.write(out, format);
            spec.commandLine().getOut().println(summary(result, video));
            return 0;
        } catch (CancelledException e) {
            err.println("cancelled, nothing was written");
            return INTERRUPTED;
        }
    }

    /** Another rank's part: the first one shows progress and writes the video. */
    private int follow(Request request, CompletableFuture<Job> started) {
        try (FsVideo fsVideo = open()) {
            run(fsVideo, request, ProgressListener.NONE, started);
            return 0;
        } catch (CancelledException e) {
            return INTERRUPTED;
        }
    }

    /** A size after the photo is not known yet; it has the model's steps as the default size has. */
    private void requireEncodable(VideoFormat format, Request request, ModelInfo model) {
        int height = request.height() == null ? model.height() : request.height();
        int width = request.width() == null ? model.width() : request.width();
        format.requireEncodable(height, width, fps == null ? model.framesPerSecond() : fps);
    }

    private static Result run(
            FsVideo fsVideo, Request request, ProgressListener listener, CompletableFuture<Job> started) {
        Job job = fsVideo.submit(request, listener);
        started.complete(job);
        return job.join();
    }

    private String summary(Result result, Video video) {
        return summary(out, result, video);
    }

    /** What was made, in one line. */
    static String summary(Path out, Result result, Video video) {
        double seconds =
                result.timings().values().stream().mapToLong(d -> d.toMillis()).sum() / 1000.0;
        return String.format(
                Locale.ROOT,
                "wrote %s: %d frames of %dx%d at %d per second, made in %.1f s, peak %.0f MiB",
                out,
                video.frames(),
                video.height(),
                video.width(),
                video.fps(),
                seconds,
                result.peakBytes() / MEBI);
    }
}
