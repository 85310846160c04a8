package io.fsvideo.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.Sampling;
import io.fsvideo.sample.SamplingException;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Solvers on the velocity field {@code a x + b sigma}, and schedules alone. */
final class SamplerCheck implements GoldenCheck {
    private static final Map<String, Sampler> NAMES =
            new TreeMap<>(Map.of("unipc", Sampler.UNIPC, "dpm++", Sampler.DPMPP, "euler", Sampler.EULER));

    /** The sampler a golden calls {@code name}. */
    static Sampler named(String name) {
        if (NAMES.containsKey(name)) {
            return NAMES.get(name);
        }
        try {
            return Sampler.named(name);
        } catch (SamplingException e) {
            throw new GoldenException("check: solver must be one of " + NAMES.keySet() + ", or " + e.getMessage());
        }
    }

    @Override
    public void run(Golden golden, Backend backend, Comparison out) {
        for (JsonNode item : golden.config().path("schedules")) {
            NoiseSchedule schedule =
                    Sampler.UNIPC.schedule(item.get(0).asInt(), item.get(1).asDouble());
            compareSchedule(out, "output.schedule" + suffix(item), schedule);
        }
        for (JsonNode item : golden.config().path("cases")) {
            for (Map.Entry<String, Sampler> solver : NAMES.entrySet()) {
                String prefix = "output." + solver.getKey() + suffix(item);
                NoiseSchedule schedule = solver.getValue()
                        .schedule(item.get(0).asInt(), item.get(1).asDouble());
                compareSchedule(out, prefix, schedule);
                try (Arena arena = Arena.root(backend, "sampler")) {
                    trajectory(arena, golden, prefix, solver.getValue(), schedule, out);
                }
            }
        }
    }

    /** Steps and shift as in tensor names: whole shifts are written without a point. */
    private static String suffix(JsonNode item) {
        double shift = item.get(1).asDouble();
        String text = shift == Math.rint(shift) ? String.valueOf((long) shift) : String.valueOf(shift);
        return ".s" + item.get(0).asInt() + ".shift" + text;
    }

    /** Compares levels and times, where the golden has them under {@code prefix}. */
    static void compareSchedule(Comparison out, String prefix, NoiseSchedule schedule) {
        int steps = schedule.steps();
        if (out.wants(prefix + ".sigmas")) {
            out.compare(prefix + ".sigmas", schedule.sigmas(), steps + 1);
        }
        if (out.wants(prefix + ".timesteps")) {
            float[] times = new float[steps];
            for (int i = 0; i < steps; i++) {
                times[i] = schedule.timestep(i);
            }
            out.compare(prefix + ".timesteps", times, steps);
        }
    }

    private static void trajectory(
            Arena arena, Golden golden, String prefix, Sampler sampler, NoiseSchedule schedule, Comparison out) {
        if (!golden.has(prefix + ".samples") && !golden.has(prefix + ".velocities")) {
            return;
        }
        Tensor slope = golden.tensor(arena, "input.a");
        Tensor offset = golden.tensor(arena, "input.b");
        Tensor noise = golden.tensor(arena, "input.x");
        Trajectory samples = new Trajectory(noise.shape().toArray());
        Trajectory velocities = new Trajectory(noise.shape().toArray());
        samples.add(noise);
        Sampling.Velocity field = (a, sample, time) -> {
            float sigma = (float) schedule.sigma(velocities.size());
            Tensor velocity = a.weightedSum(new float[] {1, sigma}, List.of(a.mul(sample, slope), offset));
            velocities.add(velocity);
            return velocity;
        };
        Sampling.run(arena, sampler, schedule, noise, field, (done, steps, sample) -> samples.add(sample));
        samples.compare(out, prefix + ".samples");
        velocities.compare(out, prefix + ".velocities");
    }
}
