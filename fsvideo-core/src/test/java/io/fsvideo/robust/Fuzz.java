package io.fsvideo.robust;

import static org.junit.jupiter.api.Assertions.fail;

import io.fsvideo.tensor.FsVideoException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Sends damaged inputs of one kind to what reads them. Each must be read or refused with one of this library's exceptions.
 * {@code -Dfsvideo.fuzz.seed=N} chooses other inputs, {@code -Dfsvideo.fuzz.times=10} ten times as many.
 */
public final class Fuzz {
    private static final String[] VALUES = {
        "null",
        "true",
        "\"\"",
        "\"x\"",
        "[]",
        "{}",
        "0",
        "-1",
        "1",
        "7",
        "2147483647",
        "-2147483648",
        "4294967296",
        "9223372036854775807",
        "18446744073709551616",
        "1e30",
        "1e999",
        "-1e999",
        "1e-50",
        "0.5",
        "[2147483647]",
        "\"\\ud800\"",
        "\"../x\""
    };

    private Fuzz() {}

    /** What reads an input. */
    public interface Reader {
        void read(byte[] input) throws Exception;
    }

    /** What makes a damaged input. */
    public interface Damage {
        byte[] damaged(byte[] whole, Random random);
    }

    /** Reads {@code rounds} damaged copies of {@code whole}; prints a line of the table in docs/proved.md. */
    public static void run(String kind, byte[] whole, int rounds, Damage damage, Reader reader) {
        Random random = new Random(Long.getLong("fsvideo.fuzz.seed", 1) * 31 + kind.hashCode());
        int inputs = rounds * Integer.getInteger("fsvideo.fuzz.times", 1);
        int refused = 0;
        for (int i = 0; i < inputs; i++) {
            byte[] input = damage.damaged(whole, random);
            try {
                reader.read(input);
            } catch (FsVideoException expected) {
                refused++;
            } catch (Exception | Error e) {
                fail(kind + " " + i + ": " + e + " for " + shown(input), e);
            }
        }
        System.out.println(String.format(Locale.ROOT, "fuzz | %s | %,d | %,d | 0 |", kind, inputs, refused));
    }

    private static String shown(byte[] input) {
        return new String(input, 0, Math.min(300, input.length), StandardCharsets.ISO_8859_1);
    }

    /** Some bytes changed, now and then cut. */
    public static byte[] bytes(byte[] whole, Random random) {
        byte[] damaged = whole.clone();
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            int near = random.nextInt(3) > 0 ? Math.min(whole.length, 400) : whole.length;
            damaged[random.nextInt(near)] = (byte) random.nextInt(256);
        }
        return random.nextInt(6) == 0 ? Arrays.copyOf(damaged, random.nextInt(whole.length)) : damaged;
    }

    /** One value of a JSON text replaced, or bytes changed. */
    public static byte[] json(byte[] whole, Random random) {
        if (random.nextInt(4) == 0) {
            return bytes(whole, random);
        }
        String text = new String(whole, StandardCharsets.UTF_8);
        int near = random.nextInt(2) == 0 ? Math.min(text.length() - 1, 2500) : text.length() - 1;
        int at = text.indexOf(random.nextInt(3) == 0 ? ',' : ':', random.nextInt(near));
        if (at < 0) {
            return bytes(whole, random);
        }
        int end = at + 1;
        while (end < text.length() && ",}]".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return (text.substring(0, at + 1) + VALUES[random.nextInt(VALUES.length)] + text.substring(end))
                .getBytes(StandardCharsets.UTF_8);
    }
}
