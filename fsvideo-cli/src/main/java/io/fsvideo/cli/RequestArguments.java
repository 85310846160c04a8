package io.fsvideo.cli;

import io.fsvideo.Request;
import io.fsvideo.RequestException;
import io.fsvideo.VaeTiling;
import io.fsvideo.media.Image;
import io.fsvideo.sample.FewSteps;
import io.fsvideo.sample.GuidanceInterval;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.StepTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import picocli.CommandLine.Option;

/** What a video is made from; shared by the commands that make or plan one. What is not given is the model's default. */
final class RequestArguments {
    @Option(
            names = "--last-image",
            paramLabel = "FILE",
            description = "Picture the video ends with, for models that take one.")
    private Path lastImage;

    @Option(names = "--prompt", defaultValue = "", description = "What the video should show (default: nothing).")
    private String prompt;

    @Option(
            names = "--prompt-file",
            paramLabel = "FILE",
            description = "Text file in UTF-8 with the prompt, for long ones; white space at its ends is left out.")
    private Path promptFile;

    @Option(names = "--negative-prompt", paramLabel = "<prompt>", description = "What it should not show.")
    private String negativePrompt;

    @Option(
            names = "--seed",
            description =
                    "Any integer; the same one makes the same video (default: generate chooses one and prints it; elsewhere 0).")
    private Long seed;

    @Option(names = "--steps", description = "Steps of the base model.")
    private Integer steps;

    @Option(names = "--refiner-steps", paramLabel = "<steps>", description = "Steps of the refiner.")
    private Integer refinerSteps;

    @Option(names = "--guidance", paramLabel = "<scale>", description = "Scale of the guidance; 1 switches it off.")
    private Float guidance;

    @Option(
            names = "--guidance-interval",
            paramLabel = "LOW..HIGH",
            converter = Interval.class,
            description = "Noise levels that are guided, within 0..1 (default: all).")
    private GuidanceInterval guidanceInterval;

    @Option(
            names = "--step-cache",
            paramLabel = "<threshold>",
            description =
                    "Relative change of the time's modulation up to which steps reuse the last one's blocks (default: 0, none).")
    private Float stepCache;

    @Option(
            names = "--vae-tiling",
            arity = "0..1",
            fallbackValue = "256",
            paramLabel = "<pixels>",
            description = "Encode and decode in tiles of this side, 256 unless said, for Wan and DC-VideoGen models.")
    private Integer vaeTiling;

    @Option(names = "--shift", description = "Shift of the noise schedule.")
    private Float shift;

    @Option(
            names = "--sampler",
            converter = SamplerName.class,
            completionCandidates = SamplerName.Names.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    private Sampler sampler;

    @Option(
            names = "--few-steps",
            paramLabel = "NAME",
            converter = FewStepsName.class,
            completionCandidates = FewStepsName.Names.class,
            description = {
                "Samples as this few-step model is, without guidance: ${COMPLETION-CANDIDATES}.",
                "Other options change single settings of it."
            })
    private FewSteps fewSteps;

    @Option(
            names = "--step-table",
            split = ",",
            paramLabel = "TIME",
            description = {
                "Times of the base model's steps, falling from 1000, as few-step models are trained with them; shifted where --shift",
                "is given."
            })
    private double[] stepTable;

    @Option(names = "--frames", description = "Frames of the video, for most models 1 + 4k.")
    private Integer frames;

    @Option(
            names = "--size",
            paramLabel = "HxW",
            converter = Size.Converter.class,
            description = "Height and width, for FSVideo multiples of 128 (default: by the image's shape).")
    private Size size;

    /** Chooses a seed where none was given, and returns it; empty where one was. Short enough to be typed again. */
    OptionalLong chooseSeed() {
        if (seed != null) {
            return OptionalLong.empty();
        }
        seed = (long) new SecureRandom().nextInt(Integer.MAX_VALUE);
        return OptionalLong.of(seed);
    }

    /** Whether a prompt or a negative one was given. */
    boolean hasWords() {
        return !prompt.isEmpty() || promptFile != null || negativePrompt != null;
    }

    /** @param image null for models that take words alone */
    Request of(Path image) {
        return of(image == null ? null : Image.read(image));
    }

    /** @param image null for models that take words alone */
    Request of(Image image) {
        String words = prompt();
        Request request =
                image == null ? Request.ofPrompt(words) : Request.of(image).withPrompt(words);
        request = request.withSeed(seed == null ? 0 : seed);
        request = set(request, lastImage == null ? null : Image.read(lastImage), Request::withLastImage);
        request = set(request, negativePrompt, Request::withNegativePrompt);
        request = set(request, fewSteps, Request::withFewSteps);
        request = set(request, stepTable == null ? null : StepTable.ofTimes(stepTable), Request::withStepTable);
        request = set(request, steps, Request::withSteps);
        request = set(request, refinerSteps, Request::withRefinerSteps);
        request = set(request, guidance, Request::withGuidance);
        request = set(request, guidanceInterval, Request::withGuidanceInterval);
        request = set(request, stepCache, Request::withStepCache);
        request = set(request, vaeTiling == null ? null : VaeTiling.of(vaeTiling), Request::withVaeTiling);
        request = set(request, shift, Request::withShift);
        request = set(request, sampler, Request::withSampler);
        request = set(request, frames, Request::withFrames);
        return set(request, size, (r, s) -> r.withSize(s.height(), s.width()));
    }

    private String prompt() {
        if (promptFile == null) {
            return prompt;
        }
        if (!prompt.isEmpty()) {
            throw new RequestException("request: prompt must be given by --prompt or --prompt-file, got both");
        }
        try {
            return Files.readString(promptFile).strip();
        } catch (IOException e) {
            throw new RequestException("request: --prompt-file must be a readable text file in UTF-8, got " + e);
        }
    }

    private static <T> Request set(Request request, T value, BiFunction<Request, T, Request> with) {
        return value == null ? request : with.apply(request, value);
    }
}
