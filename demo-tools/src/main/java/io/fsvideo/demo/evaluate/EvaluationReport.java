package io.fsvideo.demo.evaluate;

import io.fsvideo.demo.motion.Motion;
import io.fsvideo.demo.pictures.TrueClip;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Everything an evaluation measured, and its means.
 *
 * @param model the model and where it ran
 * @param guidance the model's own scale, that of {@code clips}
 * @param truths the true clips, measured as generated ones are: they show how right the measure itself is
 * @param otherGuidance clips of the compared pictures at other scales
 */
public record EvaluationReport(
        String model,
        double guidance,
        EvaluationPlan plan,
        List<ReconstructionRow> reconstructions,
        List<ClipRow> truths,
        List<ClipRow> clips,
        List<ClipRow> otherGuidance,
        List<SeedRow> seeds) {

    /** Share of clips that moved as prompted, 0 to 1. */
    public double rightShare() {
        return share(clips);
    }

    /** Mean over the generated clips, in dB. */
    public double firstFramePsnr() {
        return mean(clips, ClipRow::firstFramePsnr);
    }

    /** Mean over the reconstructed clips, in dB. */
    public double autoencoderPsnr() {
        return mean(reconstructions, ReconstructionRow::psnr);
    }

    /** Mean over the reconstructed clips. */
    public double autoencoderSsim() {
        return mean(reconstructions, ReconstructionRow::ssim);
    }

    /** Mean over the reconstructed clips' first frames, in dB, of a linear code of as many numbers. */
    public double cosineCodePsnr() {
        return mean(reconstructions, ReconstructionRow::cosineCodePsnr);
    }

    /** Mean flicker of the generated clips over that of the true ones. */
    public double flickerRatio() {
        return mean(clips, ClipRow::flicker) / mean(truths, ClipRow::flicker);
    }

    /** The largest error of the measured way on true clips of the usual speed, in sides of the picture. */
    public double measureError() {
        return truths.stream().mapToDouble(EvaluationReport::error).max().orElse(Double.NaN);
    }

    private static double error(ClipRow truth) {
        TrueClip clip = new TrueClip(truth.prompt(), TrueClip.USUAL_SPEED);
        return Math.abs(truth.way() - truth.prompt().along(clip.content(1)));
    }

    /** The table that people read. */
    public String table() {
        StringBuilder out = new StringBuilder();
        line(
                out,
                "%s: %d held-out pictures x %d prompts, seed %d",
                model,
                plan.pictures(),
                plan.prompts().size(),
                plan.seed());
        line(
                out,
                "autoencoder on true clips  %.2f dB (first frames %.2f), SSIM %.3f; cosine code of as many numbers %.2f dB",
                autoencoderPsnr(),
                mean(reconstructions, ReconstructionRow::firstFramePsnr),
                autoencoderSsim(),
                cosineCodePsnr());
        line(
                out,
                "the measure on true clips  %d of %d right, error of the way at most %.4f of the picture",
                right(truths),
                truths.size(),
                measureError());
        motionTable(out);
        framesTable(out);
        guidanceTable(out);
        seedLines(out);
        return out.toString();
    }

    private void motionTable(StringBuilder out) {
        line(out, "");
        line(
                out,
                "%-24s %9s %12s %9s %16s %14s",
                "prompt",
                "right",
                "way (true)",
                "frame 0",
                "flicker (true)",
                "drift (true)");
        for (Motion prompt : plan.prompts()) {
            row(out, prompt.label(), of(clips, prompt), of(truths, prompt));
        }
        row(out, "all", clips, truths);
    }

    private static void row(StringBuilder out, String name, List<ClipRow> made, List<ClipRow> truths) {
        line(
                out,
                "%-24s %4d /%3d %5.2f (%.2f) %6.2f dB %6.2f (%.2f) %.2fx %5.1f (%.1f)",
                name,
                right(made),
                made.size(),
                mean(made, ClipRow::way),
                mean(truths, ClipRow::way),
                mean(made, ClipRow::firstFramePsnr),
                mean(made, ClipRow::flicker),
                mean(truths, ClipRow::flicker),
                mean(made, ClipRow::flicker) / mean(truths, ClipRow::flicker),
                mean(made, ClipRow::drift),
                mean(truths, ClipRow::drift));
    }

    private void framesTable(StringBuilder out) {
        line(out, "");
        line(
                out,
                "%-24s %20s %18s %16s %10s",
                "moving frames",
                "PSNR (true)",
                "SSIM (true)",
                "borders (true)",
                "sharpness");
        for (Motion prompt : plan.prompts()) {
            framesRow(out, prompt.label(), of(clips, prompt), of(truths, prompt));
        }
        framesRow(out, "all", clips, truths);
    }

    private static void framesRow(StringBuilder out, String name, List<ClipRow> made, List<ClipRow> truths) {
        line(
                out,
                "%-24s %9.2f dB (%.2f) %10.3f (%.3f) %8.2f (%.2f) %10.2f",
                name,
                mean(made, ClipRow::movingPsnr),
                mean(truths, ClipRow::movingPsnr),
                mean(made, ClipRow::movingSsim),
                mean(truths, ClipRow::movingSsim),
                mean(made, ClipRow::tokenBorders),
                mean(truths, ClipRow::tokenBorders),
                mean(made, ClipRow::sharpness));
    }

    private void guidanceTable(StringBuilder out) {
        if (otherGuidance.isEmpty()) {
            return;
        }
        line(out, "");
        line(out, "%-24s %9s %12s %9s", "guidance, " + plan.compared() + " pictures", "right", "way", "frame 0");
        guidanceRow(out, guidance, compared());
        for (float other : plan.guidances()) {
            guidanceRow(
                    out,
                    other,
                    otherGuidance.stream()
                            .filter(row -> row.guidance() == other)
                            .toList());
        }
    }

    private static void guidanceRow(StringBuilder out, double guidance, List<ClipRow> rows) {
        line(
                out,
                "%-24s %4d /%3d %12.2f %6.2f dB",
                String.format(Locale.ROOT, "%.1f", guidance),
                right(rows),
                rows.size(),
                mean(rows, ClipRow::way),
                mean(rows, ClipRow::firstFramePsnr));
    }

    /** The rows at the model's own guidance that the other ones stand beside. */
    private List<ClipRow> compared() {
        return clips.subList(0, plan.compared() * plan.prompts().size());
    }

    private void seedLines(StringBuilder out) {
        if (seeds.isEmpty()) {
            return;
        }
        line(out, "");
        line(
                out,
                "seeds %d and %d on %d clips: they differ by %.2f of 255 levels (least %.2f), right with both %d, with one %d",
                plan.seed(),
                plan.seed() + 1,
                seeds.size(),
                mean(seeds, SeedRow::difference),
                seeds.stream().mapToDouble(SeedRow::difference).min().orElseThrow(),
                seeds.stream().filter(row -> row.right() && row.otherRight()).count(),
                seeds.stream().filter(row -> row.right() != row.otherRight()).count());
    }

    private static List<ClipRow> of(List<ClipRow> rows, Motion prompt) {
        return rows.stream().filter(row -> row.prompt() == prompt).toList();
    }

    private static long right(List<ClipRow> rows) {
        return rows.stream().filter(ClipRow::right).count();
    }

    static double share(List<ClipRow> rows) {
        return (double) right(rows) / rows.size();
    }

    static <T> double mean(List<T> rows, ToDoubleFunction<T> value) {
        return rows.stream().mapToDouble(value).average().orElse(Double.NaN);
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
