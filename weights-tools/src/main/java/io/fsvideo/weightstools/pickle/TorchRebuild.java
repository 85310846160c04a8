package io.fsvideo.weightstools.pickle;

import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.pickle.TorchTensor.Storage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/** The names a pickle may use, and what calling them makes. */
final class TorchRebuild {
    private static final String DICT = "collections.OrderedDict";
    private static final String TENSOR = "torch._utils._rebuild_tensor_v2";
    private static final String TYPED_TENSOR = "torch._utils._rebuild_tensor_v3";
    private static final String PARAMETER = "torch._utils._rebuild_parameter";
    private static final Set<String> CALLABLE = Set.of(DICT, TENSOR, TYPED_TENSOR, PARAMETER);
    private static final int MOST_DIMENSIONS = 16;

    private final Path file;

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
                    "every name in the pickle", "one that rebuilds tensors; nothing was run", Refusal.shortened(full));
        }
        return new Global(full);
    }

    /** What {@code callable(*arguments)} is. @throws WeightsException when it is no rebuilding step */
    Object call(Object callable, Tuple arguments) {
        String name = callable instanceof Global global ? global.name() : Tuple.kind(callable);
        switch (name) {
            case DICT:
                require(arguments.size() == 0, "arguments of " + DICT, "none", arguments.size() + " of them");
                return new LinkedHashMap<Object, Object>();
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

    /** A storage named by {@code ('storage', type, key, device, count)}. */
    Storage storage(Tuple id) {
        String kind = id.get(0, String.class, file);
        Global type = id.get(1, Global.class, file);
        long count = id.get(4, Long.class, file);
        require(kind.equals("storage"), "persistent id", "of a storage", Refusal.shortened(kind));
        require(count >= 0, "elements of a storage", ">= 0", count);
        return new Storage(
                StorageType.ofClass(type.name())
                        .orElseThrow(() -> fault("type of a storage", "a storage class", type.name())),
                id.get(2, String.class, file),
                count);
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
        try {
            Shape shape = Shape.of(dims);
            return new TorchTensor(storage, type, offset, shape, TorchTensor.isContiguous(shape, strides));
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
        return Refusal.of(file, argument, rule, got);
    }
}
