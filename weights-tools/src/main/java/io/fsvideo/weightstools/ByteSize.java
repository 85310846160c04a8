package io.fsvideo.weightstools;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads sizes such as {@code 5GB}, {@code 500MB}, {@code 2GiB} or a number of bytes. */
final class ByteSize implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12})(|KB|MB|GB|KiB|MiB|GiB)");
    private static final Map<String, Long> UNITS = Map.of(
            "", 1L,
            "KB", 1000L,
            "MB", 1_000_000L,
            "GB", 1_000_000_000L,
            "KiB", 1L << 10,
            "MiB", 1L << 20,
            "GiB", 1L << 30);
    private static final long MOST = 1L << 50;

    @Override
    public Long convert(String text) {
        Matcher matcher = FORM.matcher(text);
        long unit = matcher.matches() ? UNITS.get(matcher.group(2)) : 0;
        long count = unit == 0 ? 0 : Long.parseLong(matcher.group(1));
        if (count < 1 || count > MOST / unit) {
            throw new TypeConversionException("size must be like 5GB, 500MB or 2GiB, at least 1 byte, got " + text);
        }
        return count * unit;
    }
}
