package io.fsvideo.weights;

import io.fsvideo.tensor.Floats;
import java.nio.ByteBuffer;

/**
 * Types of values in a GGUF file and what their bytes mean. A quantised type stores blocks of values with common scales; the layouts are those of
 * ggml-org/ggml {@code src/ggml-common.h}, the arithmetic is that of {@code dequantize_row_*} there, in F32 and in the same order, so that values equal the
 * published ones to the last bit.
 */
enum GgufType {
    F32(0, 1, 4) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            out[to] = b.getFloat(at);
        }
    },
    F16(1, 1, 2) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            out[to] = half(b, at);
        }
    },
    BF16(30, 1, 2) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            out[to] = Floats.fromBf16(b.getShort(at));
        }
    },
    /** A scale; 32 nibbles around 8. */
    Q4_0(2, 32, 18) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at);
            for (int i = 0; i < 16; i++) {
                int q = b.get(at + 2 + i);
                out[to + i] = d * ((q & 15) - 8);
                out[to + 16 + i] = d * ((q >> 4 & 15) - 8);
            }
        }
    },
    /** A scale and a minimum; 32 nibbles. */
    Q4_1(3, 32, 20) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at);
            float m = half(b, at + 2);
            for (int i = 0; i < 16; i++) {
                int q = b.get(at + 4 + i);
                out[to + i] = d * (q & 15) + m;
                out[to + 16 + i] = d * (q >> 4 & 15) + m;
            }
        }
    },
    /** A scale; 32 fifth bits; 32 nibbles around 16. */
    Q5_0(6, 32, 22) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at);
            int high = b.getInt(at + 2);
            for (int i = 0; i < 16; i++) {
                int q = b.get(at + 6 + i);
                out[to + i] = d * ((q & 15 | (high >>> i & 1) << 4) - 16);
                out[to + 16 + i] = d * ((q >> 4 & 15 | (high >>> i + 16 & 1) << 4) - 16);
            }
        }
    },
    /** A scale and a minimum; 32 fifth bits; 32 nibbles. */
    Q5_1(7, 32, 24) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at);
            float m = half(b, at + 2);
            int high = b.getInt(at + 4);
            for (int i = 0; i < 16; i++) {
                int q = b.get(at + 8 + i);
                out[to + i] = d * (q & 15 | (high >>> i & 1) << 4) + m;
                out[to + 16 + i] = d * (q >> 4 & 15 | (high >>> i + 16 & 1) << 4) + m;
            }
        }
    },
    /** A scale; 32 signed bytes. */
    Q8_0(8, 32, 34) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at);
            for (int i = 0; i < 32; i++) {
                out[to + i] = d * b.get(at + 2 + i);
            }
        }
    },
    /** 16 parts of 16 values with a scale and a minimum of 4 bits each; values of 2 bits. */
    Q2_K(10, 256, 84) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at + 80);
            float min = half(b, at + 82);
            for (int i = 0; i < 256; i++) {
                int scale = b.get(at + i / 16);
                int q = b.get(at + 16 + i / 128 * 32 + i % 32) >> i % 128 / 32 * 2 & 3;
                out[to + i] = d * (scale & 15) * q - min * (scale >> 4 & 15);
            }
        }
    },
    /** 16 parts of 16 values with a signed scale of 6 bits each; values of 3 bits, the highest of them apart. */
    Q3_K(11, 256, 110) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at + 108);
            for (int i = 0; i < 256; i++) {
                int part = i / 16;
                int low = part < 8 ? b.get(at + 96 + part) & 15 : b.get(at + 88 + part) >> 4 & 15;
                int high = b.get(at + 104 + part % 4) >> part / 4 * 2 & 3;
                int q = b.get(at + 32 + i / 128 * 32 + i % 32) >> i % 128 / 32 * 2 & 3;
                int top = b.get(at + i % 32) >> i / 32 & 1;
                out[to + i] = d * ((low | high << 4) - 32) * (q - (top == 1 ? 0 : 4));
            }
        }
    },
    /** 8 parts of 32 values with a scale and a minimum of 6 bits each; values of 4 bits. */
    Q4_K(12, 256, 144) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at);
            float min = half(b, at + 2);
            for (int i = 0; i < 256; i++) {
                int part = i / 32;
                int q = b.get(at + 16 + part / 2 * 32 + i % 32) >> part % 2 * 4 & 15;
                out[to + i] = d * scale6(b, at + 4, part) * q - min * minimum6(b, at + 4, part);
            }
        }
    },
    /** The layout of Q4_K, with a fifth bit apart. */
    Q5_K(13, 256, 176) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at);
            float min = half(b, at + 2);
            for (int i = 0; i < 256; i++) {
                int part = i / 32;
                int q = b.get(at + 48 + part / 2 * 32 + i % 32) >> part % 2 * 4 & 15;
                int top = b.get(at + 16 + i % 32) >> part & 1;
                out[to + i] = d * scale6(b, at + 4, part) * (q | top << 4) - min * minimum6(b, at + 4, part);
            }
        }
    },
    /** 16 parts of 16 values with a scale of a signed byte each; values of 6 bits around 32, the two highest apart. */
    Q6_K(14, 256, 210) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at + 208);
            for (int i = 0; i < 256; i++) {
                int half = i / 128;
                int quarter = i % 128 / 32;
                int low = b.get(at + half * 64 + quarter % 2 * 32 + i % 32) >> quarter / 2 * 4 & 15;
                int high = b.get(at + 128 + half * 32 + i % 32) >> quarter * 2 & 3;
                out[to + i] = d * b.get(at + 192 + i / 16) * ((low | high << 4) - 32);
            }
        }
    },
    /** A scale; 32 nibbles that choose among {@link #LEVELS}. */
    IQ4_NL(20, 32, 18) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at);
            for (int i = 0; i < 16; i++) {
                int q = b.get(at + 2 + i);
                out[to + i] = d * LEVELS[q & 15];
                out[to + 16 + i] = d * LEVELS[q >> 4 & 15];
            }
        }
    },
    /** 8 parts of 32 values with a scale of 6 bits around 32 each; nibbles that choose among {@link #LEVELS}. */
    IQ4_XS(23, 256, 136) {
        @Override
        void decode(ByteBuffer b, int at, float[] out, int to) {
            float d = half(b, at);
            int high = b.getShort(at + 2);
            for (int i = 0; i < 256; i++) {
                int part = i / 32;
                int scale = b.get(at + 4 + part / 2) >> part % 2 * 4 & 15 | (high >> 2 * part & 3) << 4;
                int q = b.get(at + 8 + part * 16 + i % 16) >> i % 32 / 16 * 4 & 15;
                out[to + i] = d * (scale - 32) * LEVELS[q];
            }
        }
    };

    /** Levels of the non-linear types, denser around zero (ggml's {@code kvalues_iq4nl}). */
    private static final byte[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    private final int id;
    private final int blockValues;
    private final int blockBytes;

    GgufType(int id, int blockValues, int blockBytes) {
        this.id = id;
        this.blockValues = blockValues;
        this.blockBytes = blockBytes;
    }

    /** The type with ggml's number; null for a number that is none of these. */
    static GgufType of(int id) {
        for (GgufType type : values()) {
            if (type.id == id) {
                return type;
            }
        }
        return null;
    }

    /** Values of one block, which lie next to each other along the innermost dimension. */
    int blockValues() {
        return blockValues;
    }

    /** Bytes of one block. */
    int blockBytes() {
        return blockBytes;
    }

    /** Whether a value cannot be read without its block. */
    boolean isQuantized() {
        return blockValues > 1;
    }

    /**
     * Decodes one block.
     *
     * @param b little endian
     * @param at the block's first byte in {@code b}
     * @param to where its values go in {@code out}
     */
    abstract void decode(ByteBuffer b, int at, float[] out, int to);

    private static float half(ByteBuffer b, int at) {
        return Floats.fromF16(b.getShort(at));
    }

    /** Twelve bytes hold eight scales and eight minima: six bits each, the upper two of the last four apart. */
    private static int scale6(ByteBuffer b, int at, int part) {
        return part < 4 ? b.get(at + part) & 63 : b.get(at + part + 4) & 15 | (b.get(at + part - 4) >> 6 & 3) << 4;
    }

    private static int minimum6(ByteBuffer b, int at, int part) {
        return part < 4 ? b.get(at + part + 4) & 63 : b.get(at + part + 4) >> 4 & 15 | (b.get(at + part) >> 6 & 3) << 4;
    }
}
