package io.fsvideo.weights;

import static io.fsvideo.weights.Crafted.entry;
import static io.fsvideo.weights.Crafted.header;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of damaged files: each is either refused with a {@link WeightsException} or consistent after all. */
class SafetensorsFuzzTest {
    private static final int DATA_BYTES = 30;
    private static final String[] TOKENS = {
        "-1",
        "0",
        "1e9",
        "9223372036854775807",
        "99999999999999999999",
        "null",
        "true",
        "{}",
        "[]",
        "[",
        "{",
        "}",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\"a\"",
        "\"F64\"",
        "\"I64\"",
        "\u0000",
        "\u00e9",
        " ",
        "//",
        "NaN",
        "0x10",
        "1.5"
    };

    @TempDir
    Path folder;

    private static final String GOOD = header(
            "\"__metadata__\":{\"format\":\"pt\"}",
            entry("a", "F32", "[2,3]", "[0,24]"),
            entry("b", "BF16", "[]", "[24,26]"),
            entry("c", "U8", "[4]", "[26,30]"));

    private static final int HEADERS = 20_000;
    /**
     * The most that one header may allocate, whose text has a few hundred bytes: a number in it must never become an
     * allocation.
     */
    private static final long MOST_BYTES = 1 << 20;

    /** Without files, so that there are many in little time. */
    @Test
    @Timeout(30)
    void damagedHeadersGiveTypedErrorsAndTakeLittleMemory() {
        Random random = new Random(20260102);
        Path place = Path.of("fuzz");
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int refused = 0;
        for (int round = 0; round < HEADERS; round++) {
            byte[] file = Crafted.bytes(GOOD, Crafted.counting(DATA_BYTES));
            for (int change = random.nextInt(3); change >= 0; change--) {
                file = mutated(file, GOOD.length(), random);
            }
            int length = Math.max(0, file.length - 8 - DATA_BYTES);
            String text = new String(file, Math.min(8, file.length), length, StandardCharsets.UTF_8);
            long before = thread.getCurrentThreadAllocatedBytes();
            try {
                SafetensorsHeader.parse(place, text, DATA_BYTES);
            } catch (WeightsException e) {
                assertTrue(e.getMessage().startsWith("weights: fuzz"), e.getMessage());
                refused++;
            }
            long taken = thread.getCurrentThreadAllocatedBytes() - before;
            assertTrue(taken < MOST_BYTES, () -> taken + " bytes for " + text);
        }
        assertTrue(refused > HEADERS / 2 && refused < HEADERS, "refused " + refused);
    }

    @Test
    @Timeout(30)
    void onlyTypedErrorsComeOut() throws IOException {
        Random random = new Random(20260101);
        int refused = 0;
        int rounds = 3000;
        for (int round = 0; round < rounds; round++) {
            byte[] file = Crafted.bytes(GOOD, Crafted.counting(DATA_BYTES));
            for (int change = random.nextInt(3); change >= 0; change--) {
                file = mutated(file, GOOD.length(), random);
            }
            refused += isRefused(file, round) ? 1 : 0;
        }
        assertTrue(refused > rounds / 2, "refused " + refused);
        assertTrue(refused < rounds, "refused all");
        assertEquals(0, Crafted.openFiles(folder));
    }

    private boolean isRefused(byte[] bytes, int round) throws IOException {
        // A new file each time: some file systems wait for the disk when an old one is overwritten.
        Path file = Files.write(folder.resolve(round + ".safetensors"), bytes);
        try (Safetensors s = Safetensors.open(file)) {
            for (String key : s.keys()) {
                assertEquals(s.shape(key).numel(), s.floats(key).length);
            }
            return false;
        } catch (WeightsException expected) {
            assertTrue(expected.getMessage().startsWith("weights: " + file), expected.getMessage());
            return true;
        }
    }

    private static byte[] mutated(byte[] file, int headerBytes, Random random) {
        if (file.length == 0) {
            return file;
        }
        int at = 8 + random.nextInt(headerBytes);
        return switch (random.nextInt(6)) {
            case 0 -> {
                byte[] flipped = file.clone();
                flipped[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
                yield flipped;
            }
            case 1 -> Arrays.copyOf(file, random.nextInt(file.length + 20));
            case 2 -> spliced(file, at, random.nextInt(4), TOKENS[random.nextInt(TOKENS.length)], random);
            case 3 -> spliced(file, at, 1, Integer.toString(random.nextInt(10)), random);
            case 4 -> spliced(file, at, random.nextInt(20), "", random);
            default -> {
                byte[] part = Arrays.copyOfRange(file, Math.min(8, file.length), Math.min(at, file.length));
                yield spliced(file, at, 0, new String(part, StandardCharsets.ISO_8859_1), random);
            }
        };
    }

    /** Replaces bytes and, mostly, mends the length prefix so that the damage reaches the parser. */
    private static byte[] spliced(byte[] file, int at, int removed, String inserted, Random random) {
        if (at + removed > file.length) {
            return file;
        }
        byte[] text = inserted.getBytes(StandardCharsets.UTF_8);
        byte[] result = new byte[file.length - removed + text.length];
        System.arraycopy(file, 0, result, 0, at);
        System.arraycopy(text, 0, result, at, text.length);
        System.arraycopy(file, at + removed, result, at + text.length, file.length - at - removed);
        if (random.nextInt(10) > 0 && result.length > 8 + DATA_BYTES) {
            int length = result.length - 8 - DATA_BYTES;
            for (int i = 0; i < 8; i++) {
                result[i] = (byte) ((long) length >>> 8 * i);
            }
        }
        return result;
    }
}
