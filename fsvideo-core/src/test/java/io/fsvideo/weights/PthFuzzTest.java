package io.fsvideo.weights;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.fsvideo.robust.Fuzz;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of damaged pickles and files of both formats: each is refused with a {@link WeightsException} or consistent after all. */
class PthFuzzTest {
    private static final int PICKLES = 20_000 * Integer.getInteger("fsvideo.fuzz.times", 1);
    private static final int FILES = 1_000;
    /** The most that one pickle of a few kilobytes may allocate: a number in it must never become an allocation. */
    private static final long MOST_BYTES = 4 << 20;

    /** Opcodes, known and unknown, that a random byte would rarely hit. */
    private static final int[] OPCODES = {
        '(', '.', 't', 'R', 'b', 'Q', 's', 'u', 'e', 'a', ']', '}', ')', 'c', 'i', 'o', 'X', 'q', 'r', 'h', 'j', 'J',
        'N', '0', '2', 0x80, 0x81, 0x85, 0x87, 0x8a, 0x8b, 0x8c, 0x8d, 0x93, 0x94, 0x95, 0xff
    };

    @TempDir
    Path folder;

    @Test
    @Timeout(60)
    void damagedPicklesGiveTypedErrors() throws IOException {
        List<byte[]> good = List.of(pickle("module-2.pth"), pickle("module-4.pth"), pickle("types.pth"));
        Random random = new Random(Long.getLong("fsvideo.fuzz.seed", 1));
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = used();
        int refused = 0;
        for (int round = 0; round < PICKLES; round++) {
            byte[] bytes = mutated(good.get(round % good.size()), random);
            long allocated = thread.getCurrentThreadAllocatedBytes();
            try {
                Unpickler.read(Path.of("fuzz"), ByteBuffer.wrap(bytes));
            } catch (WeightsException e) {
                assertTrue(e.getMessage().startsWith("weights: fuzz"), e.getMessage());
                refused++;
            }
            assertTrue(thread.getCurrentThreadAllocatedBytes() - allocated < MOST_BYTES, "memory of round " + round);
        }
        assertTrue(refused > PICKLES / 4 && refused < PICKLES, "refused " + refused);
        System.out.println(String.format(Locale.ROOT, "fuzz | pickles | %,d | %,d | 0 |", PICKLES, refused));
        assertTrue(used() - before < 64 << 20, "memory is kept");
    }

    @Test
    @Timeout(60)
    void damagedFilesGiveTypedErrors() throws IOException {
        for (String name : List.of("module-2.pth", "zip64.pth", "averages.pt", "strides.pth")) {
            damagedFiles("torch.save, zip, " + name, name);
        }
        for (String name :
                List.of("legacy-module-2.pth", "legacy-module-4.pth", "legacy-types.pth", "legacy-python-2.pth")) {
            damagedFiles("torch.save, " + name, name);
        }
    }

    private void damagedFiles(String kind, String name) throws IOException {
        Fuzz.run(kind, Files.readAllBytes(Pickles.MADE.resolve(name)), FILES, PthFuzzTest::mutated, this::readAll);
    }

    private void readAll(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("x.pth"), bytes);
        try (PthFile pth = PthFile.open(file)) {
            for (String name : pth.shapes().keySet()) {
                pth.read(name, 0, ByteBuffer.allocate(Math.toIntExact(pth.bytes(name))));
            }
        } catch (WeightsException e) {
            assertTrue(e.getMessage().startsWith("weights: " + file), e.getMessage());
            throw e;
        }
    }

    private static byte[] pickle(String name) throws IOException {
        byte[] file = Files.readAllBytes(Pickles.MADE.resolve(name));
        int start = 0;
        while ((file[start] & 0xff) != 0x80 || file[start + 1] > 5) {
            start++;
        }
        return Arrays.copyOfRange(file, start, file.length);
    }

    private static byte[] mutated(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int change = random.nextInt(3); change >= 0; change--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) OPCODES[random.nextInt(OPCODES.length)];
                case 2 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 4), (byte) 0xff);
                case 3 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
                case 4 -> {
                    int from = random.nextInt(bytes.length);
                    int length = Math.min(random.nextInt(40), bytes.length - Math.max(at, from));
                    System.arraycopy(bytes, from, bytes, at, length);
                }
                default -> bytes[at] = (byte) random.nextInt(256);
            }
        }
        return bytes;
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
