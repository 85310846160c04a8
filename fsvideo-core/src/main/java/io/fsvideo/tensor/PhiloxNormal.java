package io.fsvideo.tensor;

/**
 * The noise every backend makes: standard normal numbers as a pure function of (seed, stream, index), the same bits on every device.
 *
 * <p>Element {@code i} comes from Philox-4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) with counter
 * {@code (low and high word of i / 4, stream, 0)} and key {@code (low and high word of seed)}. The four words {@code w} give two
 * Box-Muller pairs: {@code u = (w0 + 0.5) / 2^32}, {@code angle = 2 pi w1 / 2^32}, values {@code sqrt(-2 ln u) cos(angle)} and
 * {@code sqrt(-2 ln u) sin(angle)}; likewise from {@code w2, w3}.
 *
 * <p>All in binary64 with only + - * / and square root, in the order written here, no fused multiply-add, then rounded to F32: that
 * is why logarithm, sine and cosine are the series below and not a library's.
 */
public final class PhiloxNormal {
    private static final long M0 = 0xD2511F53L;
    private static final long M1 = 0xCD9E8D57L;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;
    private static final long WORD = 0xFFFFFFFFL;
    private static final double TURN = 2 * Math.PI * 0x1p-32;
    private static final double LN2 = 0.6931471805599453;
    private static final double SQRT_HALF = 0.7071067811865476;

    private PhiloxNormal() {}

    /** Element {@code index} of the noise of {@code seed} and {@code stream}. */
    public static float value(long seed, int stream, long index) {
        float[] one = new float[1];
        fill(one, 0, 1, seed, stream, index);
        return one[0];
    }

    /** Writes elements {@code index .. index + count - 1} to {@code out} from {@code offset} on. */
    public static void fill(float[] out, int offset, int count, long seed, int stream, long index) {
        int[] words = new int[4];
        double[] normals = new double[4];
        long block = -1;
        for (int i = 0; i < count; i++) {
            long element = index + i;
            if (element >>> 2 != block) {
                block = element >>> 2;
                words(words, seed, stream, block);
                boxMuller(normals, 0, words[0], words[1]);
                boxMuller(normals, 2, words[2], words[3]);
            }
            out[offset + i] = (float) normals[(int) (element & 3)];
        }
    }

    /** Philox-4x32-10 of counter {@code (block low, block high, stream, 0)} under key {@code seed}. */
    private static void words(int[] out, long seed, int stream, long block) {
        out[0] = (int) block;
        out[1] = (int) (block >>> 32);
        out[2] = stream;
        out[3] = 0;
        philox(out, seed);
    }

    /** Philox-4x32-10: replaces the four words of a counter by their random words under {@code key}. */
    static void philox(int[] out, long key) {
        int c0 = out[0];
        int c1 = out[1];
        int c2 = out[2];
        int c3 = out[3];
        int k0 = (int) key;
        int k1 = (int) (key >>> 32);
        for (int round = 0; round < 10; round++) {
            long p0 = M0 * (c0 & WORD);
            long p1 = M1 * (c2 & WORD);
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            k0 += W0;
            k1 += W1;
        }
        out[0] = c0;
        out[1] = c1;
        out[2] = c2;
        out[3] = c3;
    }

    private static void boxMuller(double[] out, int at, int radiusWord, int angleWord) {
        double u = ((radiusWord & WORD) + 0.5) * 0x1p-32;
        double radius = Math.sqrt(-2.0 * ln(u));
        long turn = angleWord & WORD;
        int quarter = (int) ((turn + (1L << 29)) >>> 30);
        double a = (turn - ((long) quarter << 30)) * TURN;
        double sin = sin(a);
        double cos = cos(a);
        double x = (quarter & 1) == 0 ? cos : sin;
        double y = (quarter & 1) == 0 ? sin : cos;
        out[at] = radius * ((quarter + 1 & 2) == 0 ? x : -x);
        out[at + 1] = radius * ((quarter & 2) == 0 ? y : -y);
    }

    /** Natural logarithm of a normal positive number: exponent, then 2 artanh((m - 1) / (m + 1)) as a series. */
    static double ln(double u) {
        long bits = Double.doubleToRawLongBits(u);
        int exponent = (int) (bits >>> 52) - 1022;
        double m = Double.longBitsToDouble((bits & 0xFFFFFFFFFFFFFL) | 0x3FE0000000000000L);
        if (m < SQRT_HALF) {
            m = m * 2.0;
            exponent -= 1;
        }
        double s = (m - 1.0) / (m + 1.0);
        double z = s * s;
        double sum = 1.0 / 25.0;
        for (int odd = 23; odd >= 1; odd -= 2) {
            sum = sum * z + 1.0 / odd;
        }
        return exponent * LN2 + 2.0 * s * sum;
    }

    /** Taylor series on [-pi / 4, pi / 4]. */
    static double sin(double a) {
        double z = a * a;
        double sum = 1.0;
        for (int k = 18; k >= 2; k -= 2) {
            sum = 1.0 - sum * z / (k * (k + 1));
        }
        return a * sum;
    }

    static double cos(double a) {
        double z = a * a;
        double sum = 1.0;
        for (int k = 17; k >= 1; k -= 2) {
            sum = 1.0 - sum * z / (k * (k + 1));
        }
        return sum;
    }
}
