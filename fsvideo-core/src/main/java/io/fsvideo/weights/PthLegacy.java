package io.fsvideo.weights;

import io.fsvideo.weights.TorchTensor.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A file of {@code torch.save} before version 1.6, or with {@code _use_new_zipfile_serialization=False}: five pickles (a magic number, the
 * version, the writer's machine, the value, the keys of its storages), then for each key the number of its elements and its bytes. There
 * are no checksums. Layout as {@code _legacy_save} in PyTorch's {@code torch/serialization.py} writes it.
 */
final class PthLegacy implements PthContents {
    /** 0x1950a86a20f9469cfc6c, as the pickle of an integer of ten bytes has it. */
    private static final byte[] MAGIC = {
        (byte) 0x8a, 0x0a, 0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20, 0x6a, (byte) 0xa8, 0x50, 0x19, '.'
    };

    /** Before the number stand the protocol, and from protocol 4 on a frame. */
    private static final int MOST_BEFORE_MAGIC = 11;

    private static final long VERSION = 1001;

    private final Path path;
    private final FileBytes file;
    private final Pickled pickled;
    private final Map<String, Extent> extents = new HashMap<>();

    PthLegacy(Path path, FileBytes file) throws IOException {
        this.path = path;
        this.file = file;
        // More than the longest value, so that its own limit is named.
        int most = (int) Math.min(file.size(), MOST_PICKLE_BYTES + 1L);
        ByteBuffer start = ByteBuffer.allocate(most);
        file.fill(start, 0);
        start.flip().position(endOfMagic(start.array()));
        require(start.hasRemaining() && isPickle(start), "five pickles", "after the magic number", "something else");
        Object version = Unpickler.read(path, start);
        require(version.equals(VERSION), "version of torch.save's old format", VERSION, Tuple.kind(version));
        requireLittleEndian(Unpickler.read(path, start));
        this.pickled = Unpickler.readAll(path, start);
        Object keys = Unpickler.read(path, start);
        require(keys instanceof List, "keys of the storages", "a list", Tuple.kind(keys));
        find((List<?>) keys, start.position());
    }

    /** Whether a file that begins with these bytes has this format. */
    static boolean isOne(byte[] start) {
        return endOfMagic(start) > 0;
    }

    /** Where the first pickle ends; 0 when it is not the magic number. */
    private static int endOfMagic(byte[] start) {
        if (start.length == 0 || start[0] != (byte) 0x80) {
            return 0;
        }
        for (int at = 2; at <= MOST_BEFORE_MAGIC && at + MAGIC.length <= start.length; at++) {
            if (Arrays.equals(start, at, at + MAGIC.length, MAGIC, 0, MAGIC.length)) {
                return at + MAGIC.length;
            }
        }
        return 0;
    }

    private static boolean isPickle(ByteBuffer bytes) {
        return bytes.get(bytes.position()) == (byte) 0x80;
    }

    private void requireLittleEndian(Object machine) {
        Object little = machine instanceof Map<?, ?> dict ? dict.get("little_endian") : null;
        require(Boolean.TRUE.equals(little), "byte order of the file", "little endian", "another, or none said");
    }

    private void find(List<?> keys, long from) throws IOException {
        long at = from;
        ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (Object key : keys) {
            Storage storage = key instanceof String name ? pickled.storages().get(name) : null;
            require(storage != null, "key of a storage", "one that a tensor has", Tuple.kind(key));
            require(at <= file.size() - Long.BYTES, "storages", "whole", "the file's end; truncated?");
            file.fill(count.clear(), at);
            at += Long.BYTES;
            long elements = count.getLong(0);
            require(
                    elements == storage.count(),
                    "elements of storage " + Fault.shortened(storage.key()),
                    storage.count(),
                    elements);
            long width = storage.type().bytes();
            require(
                    elements <= (file.size() - at) / width,
                    "storage " + Fault.shortened(storage.key()),
                    "within the file's " + file.size() + " bytes",
                    elements + " elements of " + width + " bytes at " + at + "; truncated?");
            Extent before = extents.put(storage.key(), new Extent(storage.key(), at, elements * width));
            require(before == null, "key of a storage", "listed once", Tuple.kind(key) + " twice");
            at += elements * width;
        }
        require(at == file.size(), "file", "at its end after the last storage", (file.size() - at) + " bytes more");
    }

    @Override
    public Object value() {
        return pickled.value();
    }

    @Override
    public Optional<Extent> extent(Storage storage) {
        return Optional.ofNullable(extents.get(storage.key()));
    }

    @Override
    public void requireWhole(Extent extent) {
        // The format has no checksums; the number of elements was compared when the file was opened.
    }

    private void require(boolean holds, String argument, Object rule, Object got) {
        if (!holds) {
            throw Fault.of(path, argument, String.valueOf(rule), got);
        }
    }
}
