package io.fsvideo.weightstools.checkpoint;

import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** A checkpoint's tensors and free-form strings in other files, as they are. */
public final class Rewrite {
    private final TensorFile source;
    private final TensorListener listener;
    private final Map<String, StoredInfo> infos = new HashMap<>();
    private final Map<String, Declared> tensors = new LinkedHashMap<>();
    private long done;

    /** @throws WeightsException when a tensor is of a type this library does not write */
    public Rewrite(TensorFile source, TensorListener listener) {
        this.source = source;
        this.listener = listener;
        for (StoredInfo info : source.tensors()) {
            infos.put(info.name(), info);
            tensors.put(info.name(), TensorCopy.declared(info));
        }
    }

    public int count() {
        return tensors.size();
    }

    /** The bytes of all data. */
    public long bytes() {
        return ShardWriter.bytes(tensors);
    }

    /** @return the number of files; see {@link ShardWriter#write} */
    public int toShards(Path folder, long mostBytes) throws IOException {
        return writer(folder).write(tensors, mostBytes);
    }

    /** @return its SHA-256 in hexadecimal */
    public String toFile(Path file) {
        return writer(file.getParent()).writeFile(file, tensors);
    }

    private ShardWriter writer(Path folder) {
        TensorCopy copy = new TensorCopy(source);
        done = 0;
        return new ShardWriter(folder, source.metadata(), (name, file) -> {
            copy.copy(infos.get(name), name, file);
            listener.onTensor(++done, tensors.size());
        });
    }
}
