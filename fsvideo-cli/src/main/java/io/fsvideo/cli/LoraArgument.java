package io.fsvideo.cli;

import io.fsvideo.weights.Lora;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/** {@code FILE} or {@code FILE:STRENGTH}; a colon that no number follows belongs to the name. */
final class LoraArgument implements ITypeConverter<Lora> {
    private static final Pattern STRENGTH = Pattern.compile("(.+):([-+]?(?:\\d+\\.?\\d*|\\.\\d+))");

    @Override
    public Lora convert(String value) {
        Matcher matcher = STRENGTH.matcher(value);
        return matcher.matches()
                ? new Lora(Path.of(matcher.group(1)), Double.parseDouble(matcher.group(2)))
                : new Lora(Path.of(value), 1);
    }
}
