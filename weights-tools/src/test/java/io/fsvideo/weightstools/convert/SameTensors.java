package io.fsvideo.weightstools.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Comparison of checkpoints to the bit, whatever their files. */
public final class SameTensors {
    private SameTensors() {}

    /** Names, types, shapes and bytes. */
    public static void assertSame(Path expected, Path actual) {
        try (TensorFile a = Source.open(expected);
                TensorFile b = Source.open(actual)) {
            assertEquals(a.tensors(), b.tensors());
            for (StoredInfo info : a.tensors()) {
                assertArrayEquals(bytes(a, info), bytes(b, info), info.name());
            }
        }
    }

    /** All bytes of one tensor. */
    public static byte[] bytes(TensorFile file, StoredInfo info) {
        ByteBuffer bytes = ByteBuffer.allocate((int) info.bytes());
        file.read(info.name(), 0, bytes);
        return bytes.array();
    }
}
