package io.fsvideo.weightstools.pickle;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of damaged pickles and zips: each is refused with a {@link WeightsException} or consistent after all. */
class PthFuzzTest {
    private static final int PICKLES = 20_000;
    private static final int ZIPS = 2_000;
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
        Random random = new Random(20260202);
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
        assertTrue(used() - before < 64 << 20, "memory is kept");
    }

    @Test
    @Timeout(60)
    void damagedZipsGiveTypedErrors() throws IOException {
        List<byte[]> good = new ArrayList<>();
        for (String name : List.of("module-2.pth", "zip64.pth", "averages.pt")) {
            good.add(Files.readAllBytes(Pickles.MADE.resolve(name)));
        }
        Random random = new Random(20260203);
        int refused = 0;
        for (int round = 0; round < ZIPS; round++) {
            byte[] whole = good.get(round % good.size());
            refused += isRefused(Files.write(folder.resolve(round + ".pth"), mutated(whole, random))) ? 1 : 0;
        }
        assertTrue(refused > ZIPS / 4 && refused < ZIPS, "refused " + refused);
    }

    private static boolean isRefused(Path file) throws IOException {
        try (PthFile pth = PthFile.open(file)) {
            for (StoredInfo info : pth.tensors()) {
                pth.read(info.name(), 0, ByteBuffer.allocate(Math.toIntExact(info.bytes())));
            }
            return false;
        } catch (WeightsException e) {
            assertTrue(e.getMessage().startsWith("weights: " + file), e.getMessage());
            return true;
        } finally {
            Files.delete(file);
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
