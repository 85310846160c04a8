package io.fsvideo.weightstools.checkpoint;

import io.fsvideo.tensor.DType;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.Slice;
import io.fsvideo.weights.WeightsException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/** Copies stored bytes of tensors as they are, through one buffer. */
public final class TensorCopy {
    /** Small enough to stay in the cache between read and write: twice as fast as 4 MiB. */
    private static final int PIECE_BYTES = 1 << 19;

    private final TensorFile source;
    private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    public TensorCopy(TensorFile source) {
        this.source = source;
    }

    /** How a tensor is declared whose type is kept. @throws WeightsException when this library does not write its type */
    public static Declared declared(StoredInfo info) {
        return new Declared(
                dtype(info.type())
                        .orElseThrow(() -> new WeightsException("weights: " + info.name() + " must be of one of "
                                + Arrays.toString(DType.values()) + ", got " + info.type() + " " + info.shape())),
                info.shape());
    }

    /** The element type that safetensors gives this name. */
    public static Optional<DType> dtype(String stored) {
        return Arrays.stream(DType.values())
                .filter(type -> type.name().equals(stored))
                .findFirst();
    }

    /** Writes all bytes of {@code info} under {@code name}. */
    public void copy(StoredInfo info, String name, SafetensorsWriter writer) {
        for (long done = 0; done < info.bytes(); done += PIECE_BYTES) {
            piece.clear().limit((int) Math.min(PIECE_BYTES, info.bytes() - done));
            source.read(info.name(), done, piece);
            writer.write(name, piece.flip());
        }
    }

    /** Writes the bytes of {@code slice} of {@code info} under the same name. */
    public void copy(StoredInfo info, Slice slice, SafetensorsWriter writer) {
        int elementBytes = declared(info).dtype().bytes();
        Slice.Stored stored = (offset, target) -> source.read(info.name(), offset, target);
        slice.gather(info.shape(), elementBytes, piece, stored, (bytes, at) -> writer.write(info.name(), bytes));
    }

    /** Writes the values of {@code info}, which has doubles, rounded to the declared type. */
    public void narrow(StoredInfo info, String name, SafetensorsWriter writer) {
        float[] values = new float[PIECE_BYTES / Double.BYTES];
        for (long done = 0; done < info.bytes(); done += PIECE_BYTES) {
            piece.clear().limit((int) Math.min(PIECE_BYTES, info.bytes() - done));
            source.read(info.name(), done, piece);
            piece.flip();
            int count = piece.remaining() / Double.BYTES;
            for (int i = 0; i < count; i++) {
                values[i] = (float) piece.getDouble();
            }
            writer.write(name, values, 0, count);
        }
    }
}
