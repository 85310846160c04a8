package io.fsvideo.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Bytes of a pickle, read from the front; nothing is read or allocated beyond its end. */
final class PickleInput {
    private static final int LONGEST_TEXT = 1 << 20;
    private static final int LONGEST_LINE = 256;

    private final Path file;
    private final ByteBuffer bytes;

    PickleInput(Path file, ByteBuffer bytes) {
        this.file = file;
        this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    }

    int position() {
        return bytes.position();
    }

    int u1() {
        require(1);
        return bytes.get() & 0xff;
    }

    int u2() {
        require(2);
        return bytes.getShort() & 0xffff;
    }

    int i4() {
        require(4);
        return bytes.getInt();
    }

    long i8() {
        require(8);
        return bytes.getLong();
    }

    /** Frames only say how much may be read ahead, but never more than there is. */
    void requireFrame(long length) {
        if (length < 0 || length > bytes.remaining()) {
            throw fault(
                    "frame",
                    "within the " + bytes.remaining() + " bytes after it",
                    Long.toUnsignedString(length) + " bytes");
        }
    }

    /** Big endian, unlike all others. */
    double float64() {
        return Double.longBitsToDouble(Long.reverseBytes(i8()));
    }

    /** A two's complement integer of 0 to 8 bytes. */
    long integer(long length) {
        if (length < 0 || length > Long.BYTES) {
            throw fault("integer", "of at most 8 bytes", length + " bytes");
        }
        require(length);
        long value = 0;
        for (int i = 0; i < length; i++) {
            value |= (bytes.get() & 0xffL) << 8 * i;
        }
        int unused = 64 - 8 * (int) length;
        return length == 0 ? 0 : value << unused >> unused;
    }

    /** UTF-8 of a given length. */
    String text(long length) {
        if (length < 0 || length > LONGEST_TEXT) {
            throw fault("string", "of at most " + LONGEST_TEXT + " bytes", Long.toUnsignedString(length) + " bytes");
        }
        require(length);
        ByteBuffer text = bytes.slice(bytes.position(), (int) length);
        bytes.position(bytes.position() + (int) length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
        } catch (CharacterCodingException e) {
            throw fault("string", "UTF-8", "other bytes");
        }
    }

    /** Up to the next line feed, which is left out. */
    String line() {
        StringBuilder line = new StringBuilder();
        for (int c = u1(); c != '\n'; c = u1()) {
            if (line.length() == LONGEST_LINE) {
                throw fault("line", "of at most " + LONGEST_LINE + " bytes", "a longer one");
            }
            line.append((char) c);
        }
        return line.toString();
    }

    private void require(long count) {
        if (bytes.remaining() < count) {
            throw fault("pickle", "complete", "its end; truncated?");
        }
    }

    WeightsException fault(String argument, String rule, Object got) {
        return Fault.of(file + ": pickle, byte " + position(), argument, rule, got);
    }
}
