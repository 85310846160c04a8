package io.fsvideo.cuda;

import io.fsvideo.kernels.KernelImage;

/** The kernels of one device: entries are loaded at their first launch, all on one stream. One thread at a time. */
final class Kernels {
    private final Driver driver;
    private final Stream stream;
    private final LaunchListener listener;

    Kernels(Driver driver, Stream stream, LaunchListener listener) {
        this.driver = driver;
        this.stream = stream;
        this.listener = listener;
    }

    /** Entry {@code entry} of {@code kernel}.cu. */
    Launch entry(String kernel, String entry) {
        return new Launch(this, kernel, entry);
    }

    /** Entries {@code name} for BF16 and {@code name}_f32 of {@code kernel}.cu. */
    TypedLaunch typed(String kernel, String name) {
        return new TypedLaunch(entry(kernel, name), entry(kernel, name + "_f32"));
    }

    /** Entries {@code kernel} for BF16 and {@code kernel}_f32 of {@code kernel}.cu. */
    TypedLaunch typed(String kernel) {
        return typed(kernel, kernel);
    }

    /** Entries {@code kernel} for BF16, {@code kernel}_f32 and {@code kernel}_f32_bf16 of {@code kernel}.cu. */
    NarrowingLaunch narrowing(String kernel) {
        return new NarrowingLaunch(typed(kernel), entry(kernel, kernel + "_f32_bf16"));
    }

    DeviceReport report() {
        return driver.report();
    }

    Stream stream() {
        return stream;
    }

    LaunchListener listener() {
        return listener;
    }

    Driver driver() {
        return driver;
    }

    KernelImage image(String kernel) {
        return KernelImage.of(kernel);
    }
}
