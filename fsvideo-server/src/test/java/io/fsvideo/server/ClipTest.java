package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fsvideo.FsVideo;
import io.fsvideo.Job;
import io.fsvideo.OpenOptions;
import io.fsvideo.ProgressListener;
import io.fsvideo.SmallModel;
import java.lang.ref.WeakReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server knows of one clip. */
@Timeout(120)
class ClipTest {
    /** A job that is done holds its whole video, which a server of many clips has no room for. */
    private static WeakReference<Job> submitted(FsVideo model, Clip clip) {
        Job job = model.submit(
                SmallModel.request().withSteps(1).withPreviews(1), ProgressListener.inStep(clip::progressed));
        clip.submitted(job);
        job.join();
        return new WeakReference<>(job);
    }

    @ParameterizedTest
    @ValueSource(strings = {"completed", "failed"})
    void anEndedClipHoldsNeitherItsVideoNorItsPreview(String end) throws Exception {
        Consumer<Clip> ending = end.equals("completed")
                ? clip -> clip.completed(Json.object())
                : clip -> clip.failed("disk_full", "it could not be kept");
        try (FsVideo model =
                FsVideo.open(SmallModel.withPreviews(), OpenOptions.defaults().withThreads(1))) {
            Clip clip = new Clip("video_1", Json.object(), Clip.Status.QUEUED);
            WeakReference<Job> job = submitted(model, clip);
            assertEquals("refine-2", clip.preview().name());
            ending.accept(clip);
            for (int i = 0; i < 100 && job.get() != null; i++) {
                System.gc();
                Thread.sleep(50);
            }
            assertNull(job.get());
            assertEquals(end, clip.json().get("status").asText());
        }
    }
}
