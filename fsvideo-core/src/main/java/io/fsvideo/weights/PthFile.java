package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.PthContents.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Tensors that {@code torch.save} wrote, in its zip format or in the older one: a state dict, one under {@code ema_model_state_dict} (of several averages
 * the first), {@code model_state_dict} or {@code state_dict}; or a list of tensors, named by their place from 0 on; or one tensor, named
 * {@code tensor}. The pickle inside is a program: this reader knows the few steps that rebuild tensors and refuses every other one by its
 * name, so nothing from the file ever runs. Opening reads the pickle and checks it against the storages.
 *
 * <p>One thread at a time. The file must not change while open.
 */
public final class PthFile implements Container {
    /** The name of a tensor that was saved without one. */
    public static final String UNNAMED = "tensor";

    private static final int DEEPEST_DICT = 3;
    private static final int PIECE_BYTES = 1 << 19;
    private static final byte[] ZIP = {'P', 'K', 3, 4};
    private static final int START_BYTES = 32;
    private static final long MOST_GATHERED_BYTES = 256 << 20;

    private final Path path;
    private final FileBytes file;
    private final PthContents contents;
    private final Map<String, Place> places = new TreeMap<>();
    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    /** Storages whose checksum was compared, which costs one more reading of their bytes. */
    private final Set<Extent> whole = new HashSet<>();

    /** The tensor of other strides that was read last, in row-major order. */
    private String gatheredKey;

    private ByteBuffer gathered;

    private record Place(TorchTensor tensor, Extent storage, long start, long bytes) {}

    private PthFile(Path path, FileBytes file) throws IOException {
        this.path = path;
        this.file = file;
        this.contents = PthLegacy.isOne(start(file)) ? new PthLegacy(path, file) : new PthZip(path, file);
        for (Map.Entry<?, ?> entry : tensors(contents.value()).entrySet()) {
            add(entry.getKey(), entry.getValue());
        }
        places.forEach((key, place) -> shapes.put(key, place.tensor().shape()));
    }

    /** Whether a file has the name or the first bytes of PyTorch's files. @throws WeightsException when it cannot be read */
    public static boolean isOne(Path path) {
        String name = String.valueOf(path.getFileName());
        if (name.endsWith(".pth") || name.endsWith(".pt")) {
            return true;
        }
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (FileBytes file = FileBytes.open(path)) {
            byte[] start = start(file);
            return PthLegacy.isOne(start) || Arrays.equals(start, 0, Math.min(start.length, ZIP.length), ZIP, 0, 4);
        } catch (IOException e) {
            throw Fault.of(path, "checkpoint", "readable", e);
        }
    }

    private static byte[] start(FileBytes file) throws IOException {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(START_BYTES, file.size()));
        file.fill(start, 0);
        return start.array();
    }

    /** @throws WeightsException when the file is damaged, unreadable, or does anything but describe tensors */
    public static PthFile open(Path path) {
        if (!Files.isRegularFile(path)) {
            throw Fault.of(path, "checkpoint", "a file", Files.exists(path) ? "something else" : "nothing there");
        }
        FileBytes file = null;
        try {
            file = FileBytes.open(path);
            PthFile opened = new PthFile(path, file);
            file = null;
            return opened;
        } catch (IOException e) {
            throw Fault.of(path, "checkpoint", "readable", e);
        } finally {
            closeQuietly(file);
        }
    }

    private Map<?, ?> tensors(Object root) {
        Object value = root;
        for (int depth = 0; depth < DEEPEST_DICT; depth++) {
            Object inner = value instanceof Map<?, ?> dict ? inner(dict) : null;
            if (inner == null) {
                break;
            }
            value = inner;
        }
        if (value instanceof TorchTensor) {
            return Map.of(UNNAMED, value);
        }
        Collection<?> listed = value instanceof Tuple tuple
                ? tuple.items()
                : value instanceof Collection<?> list ? list : Collections.emptyList();
        if (!listed.isEmpty()) {
            Map<String, Object> numbered = new LinkedHashMap<>();
            listed.forEach(item -> numbered.put(String.valueOf(numbered.size()), item));
            return numbered;
        }
        if (!(value instanceof Map<?, ?> dict)) {
            throw Fault.of(path, "pickle", "a tensor, or a dict or list of tensors", Tuple.kind(value));
        }
        return dict;
    }

    private static Object inner(Map<?, ?> dict) {
        if (dict.get("ema_model_state_dict") instanceof Map<?, ?> averages && !averages.isEmpty()) {
            return averages.values().iterator().next();
        }
        Object model = dict.get("model_state_dict");
        return model == null ? dict.get("state_dict") : model;
    }

    private void add(Object key, Object value) throws IOException {
        if (!(key instanceof String name)) {
            throw Fault.of(path, "key of a tensor", "a string", key);
        }
        String shown = Fault.shortened(name);
        if (!(value instanceof TorchTensor tensor)) {
            throw Fault.of(path, shown, "a tensor", Tuple.kind(value));
        }
        Extent storage = contents.extent(tensor.storage())
                .orElseThrow(() -> Fault.of(
                        path,
                        "storage of " + shown,
                        "in the file",
                        Fault.shortened(tensor.storage().key())));
        places.put(name, place(shown, tensor, storage));
    }

    private Place place(String shown, TorchTensor tensor, Extent storage) {
        int width = tensor.type().bytes();
        try {
            long stored = Math.multiplyExact(
                    tensor.storage().count(), (long) tensor.storage().type().bytes());
            long offset = Math.multiplyExact(tensor.offset(), (long) width);
            long bytes = Math.multiplyExact(tensor.shape().numel(), (long) width);
            long span = Math.multiplyExact(tensor.span(), (long) width);
            if (stored != storage.bytes() || Math.addExact(offset, span) > stored) {
                String got =
                        tensor.shape() + " " + tensor.type().stored() + " at byte " + offset + " of " + storage.bytes();
                throw Fault.of(path, shown, "within its storage of " + stored + " bytes", got);
            }
            if (!tensor.isContiguous() && (bytes > span || span > MOST_GATHERED_BYTES)) {
                throw Fault.of(
                        path,
                        shown,
                        "contiguous, or of at most 256 MiB with every element once; save it again after .contiguous()",
                        tensor.shape() + " with strides " + tensor.strides());
            }
            return new Place(tensor, storage, storage.start() + offset, bytes);
        } catch (ArithmeticException e) {
            throw Fault.of(path, shown, "of a size that fits 63 bits", tensor.shape());
        }
    }

    @Override
    public String description() {
        return path.toString();
    }

    @Override
    public Map<String, Shape> shapes() {
        return Collections.unmodifiableMap(shapes);
    }

    /** The element type as safetensors names it. @throws WeightsException when there is no such key */
    @Override
    public String storedType(String key) {
        return entry(key).tensor().type().stored();
    }

    /** {@inheritDoc} There is one only for types that this library computes with. */
    @Override
    public DType dtype(String key) {
        String stored = storedType(key);
        return Arrays.stream(DType.values())
                .filter(type -> type.name().equals(stored))
                .findFirst()
                .orElseThrow(() ->
                        Fault.of(path, Fault.shortened(key), "of one of " + Arrays.toString(DType.values()), stored));
    }

    @Override
    public long bytes(String key) {
        return entry(key).bytes();
    }

    /** None: {@code torch.save} keeps none. */
    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public void read(String key, long offset, ByteBuffer target) {
        Place place = entry(key);
        if (offset < 0 || target.remaining() > place.bytes() - offset) {
            String got = target.remaining() + " bytes from " + offset + " on";
            throw Fault.of(path, "range of " + Fault.shortened(key), "within its " + place.bytes() + " bytes", got);
        }
        try {
            if (whole.add(place.storage())) {
                contents.requireWhole(place.storage());
            }
            if (place.tensor().isContiguous()) {
                file.fill(target, place.start() + offset);
            } else {
                target.put(gathered(key, place).slice((int) offset, target.remaining()));
            }
        } catch (IOException e) {
            throw Fault.of(path, Fault.shortened(key), "readable", e);
        }
    }

    /** The elements of a tensor of other strides in row-major order, which are kept for its next piece. */
    private ByteBuffer gathered(String key, Place place) throws IOException {
        if (key.equals(gatheredKey)) {
            return gathered;
        }
        TorchTensor tensor = place.tensor();
        int width = tensor.type().bytes();
        ByteBuffer span = ByteBuffer.allocate(Math.toIntExact(tensor.span() * width));
        file.fill(span, place.start());
        ByteBuffer rows = ByteBuffer.allocate((int) place.bytes());
        gather(tensor, 0, 0, span.array(), rows);
        gatheredKey = key;
        gathered = rows.flip();
        return gathered;
    }

    private static void gather(TorchTensor tensor, int axis, long from, byte[] span, ByteBuffer rows) {
        int width = tensor.type().bytes();
        if (axis == tensor.shape().rank()) {
            rows.put(span, (int) from * width, width);
            return;
        }
        for (long i = 0; i < tensor.shape().dim(axis); i++) {
            gather(tensor, axis + 1, from + i * tensor.strides().get(axis), span, rows);
        }
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        Place place = entry(key);
        if (!place.tensor().shape().equals(shape)) {
            throw Fault.of(
                    path, Fault.shortened(key), shape.toString(), place.tensor().shape());
        }
        try (Arena t = arena.child(key)) {
            Tensor tensor = t.alloc(key, dtype(key), shape);
            ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (long done = 0; done < place.bytes(); done += piece.limit()) {
                piece.clear().limit((int) Math.min(PIECE_BYTES, place.bytes() - done));
                read(key, done, piece);
                arena.backend().copyIn(tensor, done, piece.flip());
            }
            return t.keep(tensor);
        }
    }

    private Place entry(String key) {
        Place place = places.get(key);
        if (place == null) {
            throw Fault.of(path, Fault.shortened(key), "present", places.size() + " other keys");
        }
        return place;
    }

    @Override
    public void close() {
        gatheredKey = null;
        gathered = null;
        closeQuietly(file);
    }

    /** Nothing was written, so a failing close loses nothing. */
    private static void closeQuietly(FileBytes file) {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                return;
            }
        }
    }
}
