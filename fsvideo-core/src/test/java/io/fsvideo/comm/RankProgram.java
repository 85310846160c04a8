package io.fsvideo.comm;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.CommException;
import io.fsvideo.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/** One process of a group: sums {@code rounds} times, says so, and writes a result at the end only. */
final class RankProgram {
    private RankProgram() {}

    public static void main(String[] arguments) throws Exception {
        Path rendezvous = Path.of(arguments[0]);
        long rounds = Long.parseLong(arguments[1]);
        Path result = Path.of(arguments[2]);
        RankPlace place = RankPlace.of(System.getenv()).orElseThrow();
        try (Backend backend = Backend.open("cpu", options(place, rendezvous));
                Arena a = Arena.root(backend, "program")) {
            float[] sum = {};
            for (long round = 0; round < rounds; round++) {
                try (Arena t = a.child("round")) {
                    Tensor x = t.of("x", new float[] {place.rank(), 0.1f * (1 + place.rank()), round % 7}, 3);
                    backend.comm().allReduceSum(x);
                    sum = x.toFloats();
                }
                if (round == 0) {
                    System.out.println("running");
                }
            }
            Files.writeString(result, Arrays.toString(sum));
        } catch (CommException e) {
            System.err.println("failed rank " + e.failedRank() + ": " + e.getMessage());
            System.exit(3);
        }
    }

    private static BackendOptions options(RankPlace place, Path rendezvous) {
        ProcessOptions options = new ProcessOptions("the same sums", Duration.ofMinutes(1));
        return BackendOptions.defaults()
                .withThreads(1)
                .withChannel(ProcessChannel.open(place, Rendezvous.in(rendezvous, "127.0.0.1"), options));
    }
}
