package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.CancelledException;
import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.ProgressListener;
import io.fsvideo.SmallModel;
import io.fsvideo.Stage;
import io.fsvideo.weights.Offload;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A device lost in the middle of a generation, through the real bindings: one typed error, and a model opened anew works. */
class LostDeviceTest {
    private static FsVideo open(Offload offload) {
        return FsVideo.open(
                SmallModel.directory(),
                OpenOptions.defaults().withBackend(FakeDriver.NAME).withOffload(offload));
    }

    @ParameterizedTest
    @EnumSource(Offload.class)
    void aModelOpenedAnewWorks(Offload offload) {
        FsVideo lost = open(offload);
        DeviceLostException failure = assertThrows(
                DeviceLostException.class,
                () -> lost.generate(SmallModel.request(), ProgressListener.inStep(progress -> {
                    if (progress.stage() == Stage.TEXT) {
                        FakeDriver.refuse(FakeDriver.Call.LAUNCH, 700);
                    }
                })));
        assertEquals(700, failure.code());
        assertThrows(DeviceLostException.class, lost::close);
        try (FsVideo next = open(offload)) {
            assertThrows(
                    CancelledException.class,
                    () -> next.generate(SmallModel.request(), ProgressListener.inStep(progress -> {
                        if (progress.stage() == Stage.IMAGE) {
                            throw new CancelledException("asked to");
                        }
                    })));
        }
    }
}
