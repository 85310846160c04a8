package io.fsvideo.cli;

import io.fsvideo.sample.GuidanceInterval;
import io.fsvideo.sample.SamplingException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code LOW..HIGH}. */
final class Interval implements ITypeConverter<GuidanceInterval> {
    @Override
    public GuidanceInterval convert(String text) {
        String[] ends = text.split("\\.\\.", -1);
        try {
            if (ends.length == 2) {
                return new GuidanceInterval(Float.parseFloat(ends[0]), Float.parseFloat(ends[1]));
            }
        } catch (NumberFormatException | SamplingException e) {
            throw new TypeConversionException("must be LOW..HIGH with 0 <= LOW <= HIGH <= 1, got '" + text + "'");
        }
        throw new TypeConversionException("must be LOW..HIGH, e.g. 0.2..0.8, got '" + text + "'");
    }
}
