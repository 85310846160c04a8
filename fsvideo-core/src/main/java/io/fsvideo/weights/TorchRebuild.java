package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.weights.TorchTensor.Storage;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** The names a pickle may use, and what calling them makes. */
final class TorchRebuild {
    private static final String DICT = "collections.OrderedDict";
    private static final String TENSOR = "torch._utils._rebuild_tensor_v2";
    private static final String OLD_TENSOR = "torch._utils._rebuild_tensor";
    private static final String TYPED_TENSOR = "torch._utils._rebuild_tensor_v3";
    private static final String PARAMETER = "torch._utils._rebuild_parameter";
    private static final List<String> CALLABLE = List.of(DICT, OLD_TENSOR, TENSOR, TYPED_TENSOR, PARAMETER);
    private static final int MOST_DIMENSIONS = 16;

    private final Path file;
    private final Map<String, Storage> storages = new HashMap<>();

    TorchRebuild(Path file) {
        this.file = file;
    }

    /** A name that is known; it is never looked up in anything but this class. */
    record Global(String name) {}

    /** @throws WeightsException for every other name */
    Global global(String module, String name) {
        String full = module + "." + name;
        boolean known = !name.isEmpty()
                && (CALLABLE.contains(full)
                        || StorageType.ofClass(full).isPresent()
                        || StorageType.ofDtype(full).isPresent());
        if (!known) {
            throw fault(
                    "every name in the pickle", "one that rebuilds tensors; nothing was run", Fault.shortened(full));
        }
        return new Global(full);
    }

    /** What {@code callable(*arguments)} is. @throws WeightsException when it is no rebuilding step */
    Object call(Object callable, Tuple arguments) {
        String name = callable instanceof Global global ? global.name() : Tuple.kind(callable);
        switch (name) {
            case DICT:
                return dict(arguments);
            case OLD_TENSOR:
            case TENSOR:
                return tensor(arguments, null);
            case TYPED_TENSOR:
                return tensor(arguments, arguments.get(6, Global.class, file));
            case PARAMETER:
                return arguments.get(0, TorchTensor.class, file);
            default:
                throw fault("what a pickle calls", "one of " + CALLABLE + "; nothing was run", name);
        }
    }

    /** Python 2 hands a dict its items as pairs, Python 3 sets them afterwards. */
    private Map<Object, Object> dict(Tuple arguments) {
        Map<Object, Object> dict = new LinkedHashMap<>();
        if (arguments.size() == 0) {
            return dict;
        }
        require(arguments.size() == 1, "arguments of " + DICT, "none or one list", arguments.size() + " of them");
        for (Object item : arguments.get(0, List.class, file)) {
            List<?> pair =
                    item instanceof Tuple tuple ? tuple.items() : item instanceof List<?> list ? list : List.of();
            require(pair.size() == 2 && Unpickler.isKey(pair.get(0)), "items of a dict", "pairs", Tuple.kind(item));
            require(dict.put(pair.get(0), pair.get(1)) == null, "key", "set once", Tuple.kind(pair.get(0)) + " twice");
        }
        return dict;
    }

    /** Every storage that was named so far, by its key. */
    Map<String, Storage> storages() {
        return storages;
    }

    /** A storage named by {@code ('storage', type, key, device, count)}; the old format adds None, or which part of another it is. */
    Storage storage(Tuple id) {
        String kind = id.get(0, String.class, file);
        Global type = id.get(1, Global.class, file);
        long count = id.get(4, Long.class, file);
        require(kind.equals("storage"), "persistent id", "of a storage", Fault.shortened(kind));
        require(count >= 0, "elements of a storage", ">= 0", count);
        require(
                id.size() < 6 || id.items().get(5) == Unpickler.NONE,
                "storage",
                "whole; load the file with a PyTorch of its time and save it again",
                "a view of another storage");
        Storage storage = new Storage(
                StorageType.ofClass(type.name())
                        .orElseThrow(() -> fault("type of a storage", "a storage class", type.name())),
                id.get(2, String.class, file),
                count);
        Storage before = storages.putIfAbsent(storage.key(), storage);
        require(
                before == null || before.equals(storage),
                "storage " + Fault.shortened(storage.key()),
                "of one type and size",
                storage.count() + " of " + storage.type() + " and "
                        + (before == null ? "" : before.count() + " of " + before.type()));
        return storage;
    }

    /** @param dtype null when the storage has a type */
    private TorchTensor tensor(Tuple arguments, Global dtype) {
        Storage storage = arguments.get(0, Storage.class, file);
        long offset = arguments.get(1, Long.class, file);
        long[] dims = integers(arguments.get(2, Tuple.class, file));
        long[] strides = integers(arguments.get(3, Tuple.class, file));
        StorageType type = dtype == null
                ? storage.type()
                : StorageType.ofDtype(dtype.name())
                        .orElseThrow(() -> fault("dtype of a tensor", "a dtype", dtype.name()));
        require(offset >= 0, "offset of a tensor", ">= 0", offset);
        require(
                dims.length == strides.length,
                "strides of a tensor",
                "as many as sizes, " + dims.length,
                strides.length);
        for (long stride : strides) {
            require(stride >= 0, "stride of a tensor", ">= 0", stride);
        }
        try {
            return new TorchTensor(
                    storage,
                    type,
                    offset,
                    Shape.of(dims),
                    LongStream.of(strides).boxed().toList());
        } catch (ShapeException e) {
            throw fault("sizes of a tensor", "dimensions >= 0 whose product fits 63 bits", e.getMessage());
        }
    }

    private long[] integers(Tuple tuple) {
        List<Object> items = tuple.items();
        require(items.size() <= MOST_DIMENSIONS, "dimensions", "at most " + MOST_DIMENSIONS, items.size());
        long[] values = new long[items.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = tuple.get(i, Long.class, file);
        }
        return values;
    }

    private void require(boolean holds, String argument, String rule, Object got) {
        if (!holds) {
            throw fault(argument, rule, got);
        }
    }

    private WeightsException fault(String argument, String rule, Object got) {
        return Fault.of(file, argument, rule, got);
    }
}
