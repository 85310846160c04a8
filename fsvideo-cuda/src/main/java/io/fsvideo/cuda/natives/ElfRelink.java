package io.fsvideo.cuda.natives;

import java.nio.ByteBuffer;

/**
 * Makes a shared object ask for another soname of the same length and for no particular version of its symbols. A JCuda native built
 * for {@code libcublas.so.12} so runs on {@code libcublas.so.13}, whatever version tags that library has.
 */
final class ElfRelink {
    private static final int WEAK = 2;
    private static final short GLOBAL = 1;
    private static final int INDEX_MASK = 0x7fff;
    private static final int SYMBOL_BYTES = 24;

    private ElfRelink() {}

    /**
     * @param elf the shared object
     * @return a changed copy
     * @throws NativeLibraryException if the lengths differ or {@code from} is not needed by it
     */
    static byte[] relink(String name, byte[] elf, String from, String to) {
        if (from.length() != to.length()) {
            throw new NativeLibraryException(name + ": sonames must have the same length, got " + from + " and " + to);
        }
        ElfImage image = new ElfImage(name, elf.clone());
        if (!image.needed().contains(from)) {
            throw new NativeLibraryException(
                    name + ": must need " + from + " to be relinked to " + to + ", needs " + image.needed());
        }
        // The version requirement is read before its names change: linkers share one text for soname and version.
        if (image.has(ElfImage.VERSIONS_NEEDED)) {
            dropVersion(image, from, to);
        }
        for (long offset : image.neededOffsets()) {
            rename(image, (int) offset, from, to);
        }
        return image.bytes.array();
    }

    private static void dropVersion(ElfImage image, String from, String to) {
        ByteBuffer bytes = image.bytes;
        int at = image.table(ElfImage.VERSIONS_NEEDED);
        long count = image.value(ElfImage.VERSIONS_NEEDED_COUNT);
        for (long i = 0; i < count; i++) {
            int file = bytes.getInt(at + 4);
            if (image.text(file).equals(from)) {
                dropVersions(image, at, from, to);
                rename(image, file, from, to);
            }
            at += bytes.getInt(at + 12);
        }
    }

    /** @param at offset of the requirement: {@code vn_cnt} at 2, {@code vn_aux} at 8 */
    private static void dropVersions(ElfImage image, int at, String from, String to) {
        ByteBuffer bytes = image.bytes;
        int count = bytes.getShort(at + 2) & 0xffff;
        int version = at + bytes.getInt(at + 8);
        for (int i = 0; i < count; i++) {
            int text = bytes.getInt(version + 8);
            rename(image, text, from, to);
            bytes.putInt(version, hash(image.text(text)));
            bytes.putShort(version + 4, (short) (bytes.getShort(version + 4) | WEAK));
            unversion(image, bytes.getShort(version + 6) & INDEX_MASK);
            version += bytes.getInt(version + 12);
        }
    }

    /** References to the version become references to no version: any definition of the name will do. */
    private static void unversion(ElfImage image, int index) {
        int versions = image.table(ElfImage.SYMBOL_VERSIONS);
        // The dynamic string table follows the dynamic symbols in what GNU ld and lld write.
        long symbols = (image.value(ElfImage.STRING_TABLE) - image.value(ElfImage.SYMBOL_TABLE)) / SYMBOL_BYTES;
        for (int i = 0; i < symbols; i++) {
            int at = versions + 2 * i;
            if ((image.bytes.getShort(at) & INDEX_MASK) == index) {
                image.bytes.putShort(at, GLOBAL);
            }
        }
    }

    private static void rename(ElfImage image, int offset, String from, String to) {
        if (image.text(offset).equals(from)) {
            image.overwrite(offset, to);
        }
    }

    /** The ABI's hash of a version's name. */
    static int hash(String name) {
        int hash = 0;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash << 4) + name.charAt(i);
            int high = hash & 0xf0000000;
            hash = (hash ^ high >>> 24) & ~high;
        }
        return hash;
    }
}
