package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Hand-made {@code .pth} files, and those that the script in {@code src/test/python} made. */
public final class Pickles {
    public static final Path MADE = Path.of("../fsvideo-core/src/test/resources/pickle");

    private Pickles() {}

    /** A {@code .pth} with this pickle and one storage of 16 bytes. */
    public static Path file(Path file, byte[] pickle) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            store(zip, "archive/data.pkl", pickle);
            store(zip, "archive/data/0", new byte[16]);
        }
        return file;
    }

    /** The state dict of {@code source} as {@code torch.save} lays it out, inside a dict per name of {@code around}. */
    public static Path save(Path file, Container source, String... around) throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.writeBytes(latin("\u0080\u0002"));
        for (String name : around) {
            pickle.writeBytes(latin("}" + text(name)));
        }
        pickle.writeBytes(latin("}"));
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            int key = 0;
            for (Map.Entry<String, Shape> entry : source.shapes().entrySet()) {
                String name = entry.getKey();
                ByteBuffer bytes = ByteBuffer.allocate((int) source.bytes(name));
                source.read(name, 0, bytes);
                store(zip, "model/data/" + key, bytes.array());
                String tensor = tensor(source.storedType(name), entry.getValue(), key++);
                pickle.writeBytes(latin(text(name) + tensor + "s"));
            }
            pickle.writeBytes(latin("s".repeat(around.length) + "."));
            store(zip, "model/data.pkl", pickle.toByteArray());
        }
        return file;
    }

    private static String tensor(String stored, Shape shape, int key) {
        String type = Map.of("F32", "Float", "F16", "Half", "BF16", "BFloat16").get(stored);
        long[] dims = shape.toArray();
        StringBuilder strides = new StringBuilder("t");
        long stride = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides.insert(0, integer(stride));
            stride *= dims[axis];
        }
        String sizes = Arrays.stream(dims).mapToObj(Pickles::integer).collect(Collectors.joining());
        String storage = "(" + text("storage") + "ctorch\n" + type + "Storage\n" + text("" + key) + text("cpu")
                + integer(stride) + "tQ";
        return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + "K\u0000(" + sizes + "t(" + strides
                + "\u0089ccollections\nOrderedDict\n)RtR";
    }

    private static String integer(long value) {
        return "J" + little((int) value);
    }

    private static String text(String ascii) {
        return "X" + little(ascii.length()) + ascii;
    }

    private static String little(int value) {
        byte[] bytes =
                ByteBuffer.allocate(4).putInt(Integer.reverseBytes(value)).array();
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static void store(ZipOutputStream zip, String name, byte[] data) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(data);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(data.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(data);
    }

    /** Protocol 2, {@code head}, then {@code count} times {@code repeated}, then the end; characters are bytes. */
    public static byte[] program(String head, String repeated, int count, String end) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(latin("\u0080\u0002" + head));
        byte[] piece = latin(repeated);
        for (int i = 0; i < count; i++) {
            out.writeBytes(piece);
        }
        out.writeBytes(latin(end));
        return out.toByteArray();
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
