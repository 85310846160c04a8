package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.ShapeException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a launcher can do wrong. */
class LaunchTest {
    private final EmulatorDriver driver = new EmulatorDriver(EmulatorBuild.library(), 9, 1 << 20);
    private final Device device = new Device(driver, BackendOptions.defaults(), Launch.Listener.NONE);

    @AfterEach
    void close() {
        device.close();
    }

    private Launch rmsNorm() {
        return device.kernels().entry("rms_norm", "rms_norm").begin();
    }

    @Test
    void anArgumentOfAnotherType() {
        assertEquals(
                "rms_norm: argument 0 must be KernelParameter[name=out, type=bf16*], got a INT32",
                assertThrows(IllegalStateException.class, () -> rmsNorm().int32(1))
                        .getMessage());
    }

    @Test
    void anArgumentTooMany() {
        Launch full = rmsNorm().pointer(256).pointer(256).pointer(256).int32(8).float32(1);
        assertEquals(
                "rms_norm: argument 5 must be absent, got a FLOAT32",
                assertThrows(IllegalStateException.class, () -> full.float32(1)).getMessage());
    }

    @Test
    void anArgumentTooFew() {
        Launch started = rmsNorm().grid(1).block(32).pointer(256);
        assertEquals(
                "rms_norm: arguments must be 5, got 1",
                assertThrows(IllegalStateException.class, started::run).getMessage());
    }

    @Test
    void aStructureTooLong() {
        Launch sum = device.kernels().entry("weighted_sum", "weighted_sum").begin();
        sum.pointer(256).pointers(List.of());
        assertEquals(
                "weighted_sum: weights must have at most 8 elements, got 9",
                assertThrows(IllegalStateException.class, () -> sum.floats(new float[9]))
                        .getMessage());
    }

    @Test
    void aGridBeyondTheHardware() {
        assertThrows(ShapeException.class, () -> rmsNorm().grid(1, 65536));
        assertThrows(ShapeException.class, () -> rmsNorm().grid(1L << 31));
    }

    @Test
    void aNumberThatIsTooLarge() {
        Launch launch = rmsNorm().pointer(256).pointer(256).pointer(256);
        assertEquals(
                "rms_norm: dim must fit 32 bits, got 2147483648",
                assertThrows(ShapeException.class, () -> launch.int32(1L << 31)).getMessage());
    }

    @Test
    void sizesBeyondTheContract() {
        Launch launch = rmsNorm()
                .grid(1)
                .block(256)
                .pointer(256)
                .pointer(256)
                .pointer(256)
                .int32(8200)
                .float32(1);
        assertEquals(
                "rms_norm: dim must be at most 8192, got 8200",
                assertThrows(ShapeException.class, launch::run).getMessage());
    }
}
