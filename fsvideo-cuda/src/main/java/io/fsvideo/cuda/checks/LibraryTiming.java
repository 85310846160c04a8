package io.fsvideo.cuda.checks;

import io.fsvideo.cuda.OpTime;
import io.fsvideo.cuda.ProfiledBackend;
import io.fsvideo.cuda.natives.MissingLibraryException;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.ConvolutionLibrary;
import io.fsvideo.tensor.ProductLibrary;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import java.util.Locale;

/**
 * {@code LibraryTiming BACKEND [full|tiny]}: products at the sizes of FSVideo 14B and convolutions at those of the decoder, by our kernels
 * and by cuBLAS and cuDNN, in turns, and how far the results are apart. Ends with 1 when they are further apart than BF16 explains. A
 * library that is not installed is named and left out.
 */
public final class LibraryTiming {
    private static final int ROUNDS = 3;
    private static final int CALLS = 5;
    /** Each side rounds to BF16 once, or twice: half a unit in the last of 8 bits, relative to the size of the results. */
    private static final double MOST_APART = 0x1p-7;

    private final ProfiledBackend ours;
    private final ProfiledBackend library;
    private final Roofline roofline;

    private LibraryTiming(ProfiledBackend ours, ProfiledBackend library) {
        this.ours = ours;
        this.library = library;
        roofline = Roofline.of(ours.description());
    }

    /** @param arguments as the class says */
    public static void main(String[] arguments) {
        boolean tiny = arguments.length > 1 && arguments[1].equals("tiny");
        BackendOptions options = BackendOptions.defaults();
        boolean agree =
                compare("cuBLAS", arguments[0], options.withProducts(ProductLibrary.CUBLAS), LibraryCase.products(tiny))
                        & compare(
                                "cuDNN",
                                arguments[0],
                                options.withConvolutions(ConvolutionLibrary.CUDNN),
                                LibraryCase.convolutions(tiny));
        System.out.println("RESULT " + (agree ? "" : "NOT ") + "the same results as the libraries that are here");
        System.exit(agree ? 0 : 1);
    }

    private static boolean compare(String name, String backend, BackendOptions options, List<LibraryCase> cases) {
        try (ProfiledBackend ours = ProfiledBackend.open(backend, BackendOptions.defaults())) {
            return compare(name, ours, backend, options, cases);
        } catch (BackendException e) {
            System.out.println(name + ": " + e.getMessage());
            return false;
        }
    }

    /** A library that is not here is said and left out. */
    private static boolean compare(
            String name, ProfiledBackend ours, String backend, BackendOptions options, List<LibraryCase> cases) {
        try (ProfiledBackend library = ProfiledBackend.open(backend, options)) {
            System.out.printf(
                    Locale.ROOT,
                    "%-34s %9s %8s %6s %9s %8s %6s %8s%n",
                    "beside " + name,
                    "ours ms",
                    "TFLOP/s",
                    "%",
                    name + " ms",
                    "TFLOP/s",
                    "%",
                    "apart");
            LibraryTiming timing = new LibraryTiming(ours, library);
            return cases.stream().map(timing::compare).reduce(true, Boolean::logicalAnd);
        } catch (MissingLibraryException e) {
            System.out.println(name + ": " + e.getMessage());
            return true;
        }
    }

    private boolean compare(LibraryCase one) {
        try (Arena a = Arena.root(ours, one.name());
                Arena b = Arena.root(library, one.name())) {
            LibraryCase.Call mine = one.prepare(a);
            LibraryCase.Call theirs = one.prepare(b);
            double apart = apart(mine.sample(a), theirs.sample(b));
            OpTime best = null;
            OpTime other = null;
            for (int i = 0; i < ROUNDS; i++) {
                best = better(best, time(ours, a, mine));
                other = better(other, time(library, b, theirs));
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-34s %9.3f %8.1f %6s %9.3f %8.1f %6s %8.1e%n",
                    one.name(),
                    best.milliseconds() / CALLS,
                    best.flops() / best.milliseconds() / 1e9,
                    roofline.percent(best),
                    other.milliseconds() / CALLS,
                    other.flops() / other.milliseconds() / 1e9,
                    roofline.percent(other),
                    apart);
            // Written so that NaN fails.
            return apart <= MOST_APART;
        }
    }

    private static OpTime better(OpTime a, OpTime b) {
        return a == null || b.milliseconds() < a.milliseconds() ? b : a;
    }

    private static OpTime time(ProfiledBackend backend, Arena a, LibraryCase.Call call) {
        backend.begin();
        for (int i = 0; i < CALLS; i++) {
            try (Arena t = a.child("call")) {
                call.run(t);
            }
        }
        return backend.end().get(0);
    }

    /** Root of the mean squared difference, relative to that of the values. */
    private static double apart(Tensor mine, Tensor theirs) {
        float[] x = mine.toFloats();
        float[] y = theirs.toFloats();
        double difference = 0;
        double size = 0;
        for (int i = 0; i < x.length; i++) {
            difference += (double) (x[i] - y[i]) * (x[i] - y[i]);
            size += (double) y[i] * y[i];
        }
        return Math.sqrt(difference / size);
    }
}
