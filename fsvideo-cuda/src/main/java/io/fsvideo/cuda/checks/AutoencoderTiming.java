package io.fsvideo.cuda.checks;

import io.fsvideo.cuda.ProfiledBackend;
import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.Features;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import java.util.Locale;

/**
 * {@code AutoencoderTiming BACKEND [full|tiny]}: a clip decoded by the Lite and the Standard decoder with random weights, one latent
 * after another, and what each operation takes. {@code full} is 121 frames of 768 x 1280. Ends with 1 when a plan is off by over 5 %.
 */
public final class AutoencoderTiming {
    private final ProfiledBackend backend;
    private final Roofline roofline;
    private boolean asPlanned = true;

    private AutoencoderTiming(ProfiledBackend backend) {
        this.backend = backend;
        roofline = Roofline.of(backend.description());
    }

    /** @param arguments as the class says */
    public static void main(String[] arguments) {
        boolean tiny = arguments.length > 1 && arguments[1].equals("tiny");
        boolean asPlanned;
        try (ProfiledBackend backend = ProfiledBackend.open(arguments[0], BackendOptions.defaults())) {
            System.out.println(backend.description());
            AutoencoderTiming timing = new AutoencoderTiming(backend);
            StringBuilder results = new StringBuilder("RESULT a clip decoded");
            for (AutoencoderRun run : tiny ? AutoencoderRun.tiny() : AutoencoderRun.full()) {
                results.append(String.format(Locale.ROOT, ", %s %.2f s", run.name(), timing.run(run)));
            }
            asPlanned = timing.asPlanned;
            System.out.println(
                    results.append(asPlanned ? "; peaks as planned" : "; a peak is off its plan by over 5 %"));
        }
        System.exit(asPlanned ? 0 : 1);
    }

    /** Seconds of the second clip: the first loads kernels and fills the pool. */
    private double run(AutoencoderRun run) {
        long planned;
        try (Backend plan = backend.planning()) {
            planned = run.peak(plan);
        }
        backend.resetPeak();
        try (Arena a = Arena.root(backend, run.name())) {
            Autoencoder autoencoder = run.load(a);
            Features features = run.encode(a, autoencoder);
            long frames = run.decode(a, autoencoder, features);
            Peak peak = new Peak(backend.peakBytes(), planned);
            asPlanned &= peak.isAsPlanned();
            long start = start();
            try (Arena again = a.child("picture")) {
                run.encode(again, autoencoder);
            }
            double encoding = seconds(start);
            start = start();
            run.decode(a, autoencoder, features);
            double decoding = seconds(start);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d frames of %d x %d in %.2f s, %.1f ms a latent; a picture encoded in %.3f s; %s%n",
                    run.name(),
                    frames,
                    run.height() * run.config().spatialFactor(),
                    run.width() * run.config().spatialFactor(),
                    decoding,
                    decoding * 1e3 / run.frames(),
                    encoding,
                    peak);
            backend.begin();
            run.decode(a, autoencoder, features);
            Breakdown.print("one clip", backend.end(), roofline);
            return decoding;
        }
    }

    private long start() {
        backend.synchronize();
        return System.nanoTime();
    }

    private double seconds(long start) {
        backend.synchronize();
        return (System.nanoTime() - start) / 1e9;
    }
}
