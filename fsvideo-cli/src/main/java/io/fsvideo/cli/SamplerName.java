package io.fsvideo.cli;

import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.SamplingException;
import java.util.ArrayList;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a sampler. */
final class SamplerName implements ITypeConverter<Sampler> {
    @Override
    public Sampler convert(String name) {
        try {
            return Sampler.named(name);
        } catch (SamplingException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** The names there are, for the help text. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            Sampler.all().forEach(sampler -> add(sampler.name()));
        }
    }
}
