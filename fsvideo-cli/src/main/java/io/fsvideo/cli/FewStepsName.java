package io.fsvideo.cli;

import io.fsvideo.sample.FewSteps;
import io.fsvideo.sample.SamplingException;
import java.util.ArrayList;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a few-step model's settings. */
final class FewStepsName implements ITypeConverter<FewSteps> {
    @Override
    public FewSteps convert(String name) {
        try {
            return FewSteps.named(name);
        } catch (SamplingException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** The names there are, for the help text. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            FewSteps.all().forEach(known -> add(known.name()));
        }
    }
}
