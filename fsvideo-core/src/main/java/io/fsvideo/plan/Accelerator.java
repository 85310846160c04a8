package io.fsvideo.plan;

/**
 * What a device could do at best, for predictions. Source: NVIDIA's data sheets of H100 SXM and H200 SXM (without sparsity).
 *
 * @param name for tables
 * @param flops BF16 products per second, a multiply and an add counted as two
 * @param bytesPerSecond of its memory
 * @param memoryBytes of its memory
 */
record Accelerator(String name, double flops, double bytesPerSecond, long memoryBytes) {
    private static final long GIGA = 1_000_000_000L;

    static Accelerator h100() {
        return new Accelerator("H100", 989.4e12, 3.35e12, 80 * GIGA);
    }

    static Accelerator h200() {
        return new Accelerator("H200", 989.4e12, 4.8e12, 141 * GIGA);
    }
}
