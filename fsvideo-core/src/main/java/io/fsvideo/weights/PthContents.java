package io.fsvideo.weights;

import io.fsvideo.weights.TorchTensor.Storage;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** What a file of {@code torch.save} holds, whichever of its two formats it has: a value, and the storages that tensors in it name. */
interface PthContents {
    /** The longest pickle that is read: those of published models have some hundred kilobytes. */
    int MOST_PICKLE_BYTES = 16 << 20;

    /** What the pickle rebuilt. */
    Object value();

    /** Where a storage lies; empty when it is not in the file. */
    Optional<Extent> extent(Storage storage) throws IOException;

    /** Compares a storage's bytes with its checksum, where the format has one. @throws WeightsException when they are other ones */
    void requireWhole(Extent extent) throws IOException;

    /**
     * Bytes of one storage.
     *
     * @param name as the file has it
     * @param start byte of the file
     */
    record Extent(String name, long start, long bytes) {}

    /**
     * A value, and every storage that was named on the way to it.
     *
     * @param storages by key
     */
    record Pickled(Object value, Map<String, Storage> storages) {}
}
