package io.fsvideo.check;

import io.fsvideo.tensor.Backend;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The checks this library knows, by the {@code kind} of a golden's configuration. */
public final class GoldenChecks {
    private static final Map<String, GoldenCheck> KINDS = Collections.unmodifiableMap(new TreeMap<>(Map.of(
            "dit", new DitCheck(),
            "t5", new TextEncoderCheck(),
            "clip", new ImageEncoderCheck(),
            "sampler", new SamplerCheck(),
            "dcae", new DcAeCheck(),
            "fsae", new FsaeCheck(),
            "fsae-ops", new FsaeOpsCheck(),
            "latent-upsampler", new LatentUpsamplerCheck(),
            "vae", new WanVaeCheck(),
            "dcaev", new DcAeVCheck())));

    private GoldenChecks() {}

    /**
     * Runs the golden in {@code directory} on {@code backend}.
     *
     * @throws GoldenException when the directory is incomplete or of an unknown kind
     */
    public static CheckReport run(Path directory, Backend backend) {
        try (Golden golden = Golden.open(directory)) {
            GoldenCheck check = KINDS.get(golden.kind());
            if (check == null) {
                throw new GoldenException("check: kind of " + directory + " must be one of " + KINDS.keySet()
                        + ", got \"" + golden.kind() + "\"");
            }
            Comparison comparison = new Comparison(golden);
            check.run(golden, backend, comparison);
            return comparison.report();
        }
    }
}
