package io.fsvideo.cuda;

/**
 * What one operation took on the device.
 *
 * @param op name of the operation
 * @param calls how often it ran
 * @param milliseconds in all, from the end of the work queued before to its own end
 * @param flops multiplications and additions of products, attention and convolutions
 * @param bytes of all its tensors, each counted once per call
 */
public record OpTime(String op, int calls, double milliseconds, double flops, double bytes) {
    OpTime plus(double moreMilliseconds, double moreFlops, double moreBytes) {
        return new OpTime(op, calls + 1, milliseconds + moreMilliseconds, flops + moreFlops, bytes + moreBytes);
    }
}
