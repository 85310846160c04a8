package io.fsvideo.nn;

/**
 * What all {@link EVitBlock}s of a model part share.
 *
 * @param headDim channels per head of the attention
 * @param expandRatio half the ratio of {@link GluMbConv}'s inner channels to its channels
 * @param aggregationKernel pixels along a side of the aggregation, odd; 0 for attention without aggregation
 * @param attentionEps added to the attention's denominator
 * @param time mode of the convolution in {@link GluMbConv}
 * @param norm norm at the end of each branch
 */
public record EVitOptions(
        int headDim, int expandRatio, int aggregationKernel, float attentionEps, TimeMode time, Norm.Factory norm) {
    public EVitOptions withTime(TimeMode mode) {
        return new EVitOptions(headDim, expandRatio, aggregationKernel, attentionEps, mode, norm);
    }
}
