package io.fsvideo.demo.evaluate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.demo.motion.Motion;
import java.util.List;

/** A report for programs: the means, then every row. */
public final class EvaluationJson {
    private EvaluationJson() {}

    /** Levels are of 255, ways in sides of the picture, angles in radians. */
    public static ObjectNode of(EvaluationReport report) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model", report.model());
        json.put("pictures", report.plan().pictures());
        json.put("seed", report.plan().seed());
        json.put("guidance", report.guidance());
        json.put("autoencoder_psnr", report.autoencoderPsnr());
        json.put("autoencoder_ssim", report.autoencoderSsim());
        json.put("first_frame_psnr", report.firstFramePsnr());
        json.put("cosine_code_psnr", report.cosineCodePsnr());
        json.put("moving_frames_psnr", EvaluationReport.mean(report.clips(), ClipRow::movingPsnr));
        json.put("moving_frames_ssim", EvaluationReport.mean(report.clips(), ClipRow::movingSsim));
        json.put("true_moving_frames_psnr", EvaluationReport.mean(report.truths(), ClipRow::movingPsnr));
        json.put("token_borders", EvaluationReport.mean(report.clips(), ClipRow::tokenBorders));
        json.put("true_token_borders", EvaluationReport.mean(report.truths(), ClipRow::tokenBorders));
        json.put("sharpness", EvaluationReport.mean(report.clips(), ClipRow::sharpness));
        json.put("motion_right", report.rightShare());
        json.put("flicker_ratio", report.flickerRatio());
        json.put("drift", EvaluationReport.mean(report.clips(), ClipRow::drift));
        json.put("true_drift", EvaluationReport.mean(report.truths(), ClipRow::drift));
        json.put("measure_right_on_true_clips", EvaluationReport.share(report.truths()));
        json.put("measure_error_on_true_clips", report.measureError());
        ObjectNode prompts = json.putObject("motion_right_by_prompt");
        for (Motion prompt : report.plan().prompts()) {
            List<ClipRow> rows = report.clips().stream()
                    .filter(row -> row.prompt() == prompt)
                    .toList();
            prompts.put(prompt.label(), EvaluationReport.share(rows));
        }
        rows(json.putArray("clips"), report.clips());
        rows(json.putArray("true_clips"), report.truths());
        rows(json.putArray("other_guidance"), report.otherGuidance());
        seeds(json.putArray("seeds"), report.seeds());
        reconstructions(json.putArray("reconstructions"), report.reconstructions());
        return json;
    }

    private static void rows(ArrayNode json, List<ClipRow> rows) {
        for (ClipRow row : rows) {
            json.addObject()
                    .put("picture", row.picture())
                    .put("prompt", row.prompt().label())
                    .put("guidance", row.guidance())
                    .put("seed", row.seed())
                    .put("right", row.right())
                    .put("way", row.way())
                    .put("dx", row.moved().dx())
                    .put("dy", row.moved().dy())
                    .put("scale", row.moved().scale())
                    .put("angle", row.moved().angle())
                    .put("first_frame_psnr", row.firstFramePsnr())
                    .put("moving_psnr", row.movingPsnr())
                    .put("moving_ssim", row.movingSsim())
                    .put("token_borders", row.tokenBorders())
                    .put("sharpness", row.sharpness())
                    .put("flicker", row.flicker())
                    .put("drift", row.drift());
        }
    }

    private static void seeds(ArrayNode json, List<SeedRow> rows) {
        for (SeedRow row : rows) {
            json.addObject()
                    .put("picture", row.picture())
                    .put("prompt", row.prompt().label())
                    .put("difference", row.difference())
                    .put("right", row.right())
                    .put("other_right", row.otherRight());
        }
    }

    private static void reconstructions(ArrayNode json, List<ReconstructionRow> rows) {
        for (ReconstructionRow row : rows) {
            json.addObject()
                    .put("picture", row.picture())
                    .put("motion", row.motion().label())
                    .put("psnr", row.psnr())
                    .put("first_frame_psnr", row.firstFramePsnr())
                    .put("ssim", row.ssim())
                    .put("cosine_code_psnr", row.cosineCodePsnr());
        }
    }
}
