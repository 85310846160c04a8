package io.fsvideo.weights;

import java.util.Arrays;
import java.util.Optional;

/** Element types of stored tensors: PyTorch's two names for each, and the one in safetensors. */
enum StorageType {
    FLOAT("torch.FloatStorage", "torch.float32", "F32", 4),
    DOUBLE("torch.DoubleStorage", "torch.float64", "F64", 8),
    HALF("torch.HalfStorage", "torch.float16", "F16", 2),
    BFLOAT16("torch.BFloat16Storage", "torch.bfloat16", "BF16", 2),
    FLOAT8("", "torch.float8_e4m3fn", "F8_E4M3", 1),
    LONG("torch.LongStorage", "torch.int64", "I64", 8),
    INT("torch.IntStorage", "torch.int32", "I32", 4),
    SHORT("torch.ShortStorage", "torch.int16", "I16", 2),
    CHAR("torch.CharStorage", "torch.int8", "I8", 1),
    BYTE("torch.ByteStorage", "torch.uint8", "U8", 1),
    BOOL("torch.BoolStorage", "torch.bool", "BOOL", 1),
    /** Bytes whose type the tensor names. */
    UNTYPED("torch.storage.UntypedStorage", "", "U8", 1);

    private final String storageClass;
    private final String dtype;
    private final String stored;
    private final int bytes;

    StorageType(String storageClass, String dtype, String stored, int bytes) {
        this.storageClass = storageClass;
        this.dtype = dtype;
        this.stored = stored;
        this.bytes = bytes;
    }

    /** The type of a class of storage, for example {@code torch.HalfStorage}. */
    static Optional<StorageType> ofClass(String name) {
        return Arrays.stream(values())
                .filter(type -> type.storageClass.equals(name))
                .findFirst();
    }

    /** The type of a dtype, for example {@code torch.float16}. */
    static Optional<StorageType> ofDtype(String name) {
        return Arrays.stream(values()).filter(type -> type.dtype.equals(name)).findFirst();
    }

    /** The name that safetensors has for it. */
    String stored() {
        return stored;
    }

    /** Bytes of one element. */
    int bytes() {
        return bytes;
    }
}
