package io.fsvideo.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Malicious and damaged files: one clear error each. */
@Timeout(30)
class PthRefusalTest {
    @TempDir
    Path folder;

    static void assertRefused(Executable action, String... facts) {
        WeightsException e = assertThrows(WeightsException.class, action);
        for (String fact : facts) {
            assertTrue(e.getMessage().contains(fact), () -> "no '" + fact + "' in: " + e.getMessage());
        }
        assertTrue(e.getMessage().startsWith("weights: ") && e.getMessage().contains(" must be "), e.getMessage());
        assertTrue(e.getMessage().lines().count() == 1 && e.getMessage().length() < 1000, e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "system        | got posix.system",
                "system-4      | got posix.system",
                "eval          | got builtins.eval",
                "instance      | opcode must be one that rebuilds tensors; nothing was run, got INST",
                "newobj        | got NEWOBJ",
                "call-storage  | nothing was run, got torch.FloatStorage",
                "memo-absent   | memo must be asked for what it holds, got 4294967295",
                "string        | string must be of at most 1048576 bytes, got 4294967295",
                "string-8      | got 18446744073709551615",
                "protocol      | protocol must be 2 to 5, got 7",
                "no-end        | truncated?",
                "not-a-dict    | pickle must be a tensor, or a dict or list of tensors, got a list",
                "not-a-tensor  | a must be a tensor, got Long",
                "twice         | key must be set once, got 'a' twice",
                "strides       | a must be contiguous, or of at most 256 MiB with every element once",
                "size          | a must be of a size that fits 63 bits, got [2147483647, 2147483647]",
                "size-overflow | fits 63 bits",
                "offset        | at byte 4 of 16",
                "offset-negative | offset of a tensor must be >= 0, got -1",
                "storage-size  | within its storage of 4294967296 bytes",
                "storage-key   | storage of a must be in the file, got ../../etc",
                "deflated      | stored as it is, got method 8",
                "traversal     | got ../evil",
                "absolute      | got /evil",
                "big-endian    | byteorder must be little, got big",
                "two-pickles   | one folder with data.pkl, got 2",
                "zip-truncated | must be one of torch.save: a zip, or five pickles",
                "zip-directory-gone | zip directory must be at most",
                "zip-sizes     | zip members must be together within",
                "zip-sizes-64  | with its 64-bit sizes",
                "zip-end-64    | zip64 locator must be at byte",
                "stride-negative | stride of a tensor must be >= 0, got -1",
                "stride-beyond | a must be within its storage of 16 bytes",
                "list          | 1 must be a tensor, got Long",
                "legacy-big-endian | byte order of the file must be little endian",
                "legacy-version | version of torch.save's old format must be 1001, got Long",
                "legacy-truncated | got 4 elements of 4 bytes at 222; truncated?",
                "legacy-no-pickles | five pickles must be after the magic number",
                "legacy-other-pickle | must be one of torch.save: a zip, or five pickles",
                "legacy-key    | key of a storage must be one that a tensor has, got '8'",
                "legacy-keys   | keys of the storages must be a list, got a dict",
                "legacy-key-absent | storage of a must be in the file, got 7",
                "legacy-key-twice | key of a storage must be listed once, got '7' twice",
                "legacy-count  | elements of storage 7 must be 4, got 5",
                "legacy-count-huge | storage 7 must be within the file's",
                "legacy-more   | file must be at its end after the last storage, got 1 bytes more",
                "legacy-view   | storage must be whole",
                "legacy-pairs  | items of a dict must be pairs, got 'a'",
                "legacy-two-types | storage 7 must be of one type and size",
                "legacy-system | got posix.system",
            })
    void refused(String name, String fact) {
        assertRefused(() -> PthFile.open(Pickles.MADE.resolve("bad-" + name + ".pth")), fact);
    }

    @Test
    void everyMadeFileIsTested() throws IOException {
        try (Stream<Path> files = Files.list(Pickles.MADE)) {
            assertEquals(
                    50,
                    files.filter(file -> file.getFileName().toString().startsWith("bad-"))
                            .count());
        }
        assertFalse(Files.exists(Path.of("target/pickle-ran")));
    }

    @Test
    void depthAndNumbersAreBounded() throws IOException {
        assertProgram("nesting must be at most 100 deep", Pickles.program("", "(", 100_000, "."));
        assertProgram("stack must be at most 10000 values", Pickles.program("", "]", 100_000, "."));
        assertProgram("nesting must be at most 100 deep", Pickles.program(")", "\u0085", 100_000, "."));
        assertProgram("memo must be at most", Pickles.program("]", "\u0094", 1_000_001, "."));
        assertProgram("containers must be at most", Pickles.program("](", "}e(", 1_000_001, "."));
        assertProgram("values of lists must be at most", Pickles.program("]", "(" + "N".repeat(9000) + "e", 112, "."));
        assertProgram("state of a dict must be a dict, got Tuple", Pickles.program("})b", "", 0, "."));
        assertProgram("data.pkl must be at most 16777216 bytes", new byte[(16 << 20) + 1]);
    }

    /** Each list holds the one before twice: 2^60 of them if they were ever unfolded. */
    @Test
    void listsOfListsStaySmall() throws IOException {
        StringBuilder lists = new StringBuilder();
        for (char i = 0; i < 60; i++) {
            lists.append("](h").append(i).append('h').append(i).append("e\u0094");
        }
        assertProgram("0 must be a tensor, got a list", Pickles.program("(]\u0094", lists.toString(), 1, "t."));
    }

    @Test
    void aDictThatContainsItselfEnds() throws IOException {
        assertProgram(
                "state_dict must be a tensor, got a dict",
                Pickles.program("}q\u0000X\n\u0000\u0000\u0000state_dicth\u0000s", "", 0, "."));
    }

    private void assertProgram(String fact, byte[] pickle) throws IOException {
        Path file = Pickles.file(Files.createTempFile(folder, "a", ".pth"), pickle);
        assertRefused(() -> PthFile.open(file), fact);
        for (int length : List.of(0, 1, pickle.length / 2)) {
            assertRefused(() -> Unpickler.read(file, ByteBuffer.wrap(pickle, 0, length)));
        }
    }

    private static int indexOf(byte[] bytes, int signature, int from) {
        for (int at = from; at < bytes.length - 3; at++) {
            if (ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at) == signature) {
                return at;
            }
        }
        return -1;
    }

    @Test
    void bytesThatAreNotThoseOfTheirChecksumAreRefused() throws IOException {
        Path good = Pickles.file(folder.resolve("a.pth"), EMPTY);
        PthFile.open(good).close();
        byte[] bytes = Files.readAllBytes(good);
        int entry = indexOf(bytes, 0x02014b50, 0);
        bytes[entry + 16] ^= 1;
        Path bad = Files.write(folder.resolve("b.pth"), bytes);
        assertRefused(() -> PthFile.open(bad), "zip member archive/data.pkl must be of CRC-32", "damaged");
    }

    @Test
    void membersThatOverlapAreRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(Pickles.file(folder.resolve("a.pth"), EMPTY));
        int second = indexOf(bytes, 0x02014b50, indexOf(bytes, 0x02014b50, 0) + 1);
        ByteBuffer.wrap(bytes).putInt(second + 42, 0);
        Path bad = Files.write(folder.resolve("b.pth"), bytes);
        assertRefused(() -> PthFile.open(bad), "zip members must be apart", "that overlap");
    }

    @Test
    void aFrameLongerThanThePickleIsRefused() throws IOException {
        byte[] framed = {(byte) 0x80, 4, (byte) 0x95, -1, -1, -1, -1, -1, -1, -1, -1, '}', '.'};
        Path bad = Pickles.file(folder.resolve("b.pth"), framed);
        assertRefused(
                () -> PthFile.open(bad), "frame must be within the 2 bytes after it, got 18446744073709551615 bytes");
    }

    private static final byte[] EMPTY = {(byte) 0x80, 2, '}', '.'};
}
