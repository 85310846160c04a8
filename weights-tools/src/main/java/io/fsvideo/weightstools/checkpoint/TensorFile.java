package io.fsvideo.weightstools.checkpoint;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Named tensors on disk, whose stored bytes are read in pieces. One thread at a time. */
public interface TensorFile extends AutoCloseable {
    /** The file or folder, for messages. */
    String description();

    /** Every tensor, by name. */
    List<StoredInfo> tensors();

    /** Free-form strings of its header; empty for formats without them. */
    Map<String, String> metadata();

    /**
     * Fills what remains of {@code target} with a tensor's bytes, little endian and row-major, from byte {@code offset} on.
     *
     * @throws io.fsvideo.weights.WeightsException when there is no such tensor, it is shorter, or it cannot be read
     */
    void read(String name, long offset, ByteBuffer target);

    @Override
    void close();
}
