package io.fsvideo.cuda.natives;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes a shared object without code that only carries a soname and a symbol version of the same name. It satisfies the linker when a
 * library asks for another one that it never calls.
 */
final class ElfStub {
    private static final int HEADER = 0;
    private static final int SEGMENTS = 64;
    private static final int DYNAMIC = SEGMENTS + 3 * 56;
    private static final int DYNAMIC_BYTES = 10 * 16;
    private static final int HASH = DYNAMIC + DYNAMIC_BYTES;
    private static final int SYMBOLS = HASH + 16;
    private static final int SYMBOL_VERSIONS = SYMBOLS + 24;
    private static final int VERSIONS = SYMBOL_VERSIONS + 4;
    private static final int VERSION_BYTES = 28;
    private static final int STRINGS = VERSIONS + 2 * VERSION_BYTES;
    private static final int PAGE = 4096;

    private ElfStub() {}

    static byte[] of(String soname) {
        byte[] name = soname.getBytes(StandardCharsets.US_ASCII);
        int strings = name.length + 2;
        ByteBuffer elf = ByteBuffer.allocate(STRINGS + strings).order(ByteOrder.LITTLE_ENDIAN);
        header(elf);
        segment(elf, 0, 1, 6, 0, elf.capacity(), PAGE);
        segment(elf, 1, 2, 6, DYNAMIC, DYNAMIC_BYTES, 8);
        // Without this segment the linker would ask for an executable stack.
        segment(elf, 2, 0x6474e551, 6, 0, 0, 16);
        dynamic(elf, strings);
        elf.putInt(HASH, 1).putInt(HASH + 4, 1);
        elf.putShort(SYMBOL_VERSIONS, (short) 0);
        version(elf, 0, 1, soname);
        version(elf, 1, 0, soname);
        elf.put(STRINGS + 1, name);
        return elf.array();
    }

    private static void header(ByteBuffer elf) {
        elf.putInt(HEADER, 0x464c457f);
        elf.put(4, (byte) 2).put(5, (byte) 1).put(6, (byte) 1);
        elf.putShort(16, (short) 3).putShort(18, (short) 62).putInt(20, 1);
        elf.putLong(32, SEGMENTS);
        elf.putShort(52, (short) 64).putShort(54, (short) 56).putShort(56, (short) 3);
    }

    private static void segment(ByteBuffer elf, int index, int type, int flags, long offset, long size, long align) {
        int at = SEGMENTS + 56 * index;
        elf.putInt(at, type).putInt(at + 4, flags);
        elf.putLong(at + 8, offset).putLong(at + 16, offset).putLong(at + 24, offset);
        elf.putLong(at + 32, size).putLong(at + 40, size).putLong(at + 48, align);
    }

    private static void dynamic(ByteBuffer elf, int strings) {
        long[] entries = {
            14, // DT_SONAME
            1,
            4, // DT_HASH
            HASH,
            ElfImage.STRING_TABLE,
            STRINGS,
            ElfImage.SYMBOL_TABLE,
            SYMBOLS,
            10, // DT_STRSZ
            strings,
            11, // DT_SYMENT
            24,
            ElfImage.SYMBOL_VERSIONS,
            SYMBOL_VERSIONS,
            0x6ffffffcL, // DT_VERDEF
            VERSIONS,
            0x6ffffffdL, // DT_VERDEFNUM
            2
        };
        for (int i = 0; i < entries.length; i++) {
            elf.putLong(DYNAMIC + 8 * i, entries[i]);
        }
    }

    /** A version definition: the first, flagged 1, names the file, the second is the version itself. */
    private static void version(ByteBuffer elf, int index, int flags, String name) {
        int at = VERSIONS + VERSION_BYTES * index;
        elf.putShort(at, (short) 1).putShort(at + 2, (short) flags);
        elf.putShort(at + 4, (short) (index + 1)).putShort(at + 6, (short) 1);
        elf.putInt(at + 8, ElfRelink.hash(name)).putInt(at + 12, 20);
        elf.putInt(at + 16, index == 0 ? VERSION_BYTES : 0);
        elf.putInt(at + 20, 1);
    }
}
