package io.fsvideo.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A video's size in pixels, written {@code HxW}. */
public record Size(int height, int width) {
    /** Reads a size from the command line. */
    public static final class Converter implements ITypeConverter<Size> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,9})[xX](\\d{1,9})");

        @Override
        public Size convert(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new TypeConversionException("'" + text + "' must be height x width, e.g. 768x1280");
            }
            return new Size(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        }
    }
}
