package io.fsvideo.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The members of a zip or zip64 file as {@code torch.save} writes them: stored without compression, so that any range of one can be read
 * in place. Compressed, encrypted, overlapping and misnamed members are refused.
 */
final class ZipMembers {
    private static final int END_BYTES = 22;
    private static final int LOCATOR_BYTES = 20;
    private static final int END64_BYTES = 56;
    private static final int ENTRY_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int LOCATOR_SIGNATURE = 0x07064b50;
    private static final int END64_SIGNATURE = 0x06064b50;
    private static final int ENTRY_SIGNATURE = 0x02014b50;
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int ZIP64_EXTRA = 1;
    private static final long IN_ZIP64 = 0xffffffffL;
    private static final int PIECE_BYTES = 1 << 20;
    private static final long MOST_DIRECTORY_BYTES = 64 << 20;

    private final Path file;
    private final FileBytes content;
    private final long size;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private long directoryStart;

    /**
     * @param header where its own header begins
     * @param checksum CRC-32 of its bytes; 0 where the writer was told not to compute any
     */
    record Member(String name, long header, long bytes, int checksum) {}

    private ZipMembers(Path file, FileBytes content) throws IOException {
        this.file = file;
        this.content = content;
        this.size = content.size();
    }

    /** Reads the directory at the file's end. @throws WeightsException when it does not hold */
    static ZipMembers read(Path file, FileBytes content) throws IOException {
        ZipMembers zip = new ZipMembers(file, content);
        zip.readDirectory();
        return zip;
    }

    Map<String, Member> members() {
        return members;
    }

    private void readDirectory() throws IOException {
        long end = findEnd();
        ByteBuffer record = bytes(end, END_BYTES);
        long bytes = unsigned(record.getInt(12));
        directoryStart = unsigned(record.getInt(16));
        long last = end;
        if ((record.getShort(10) & 0xffff) == 0xffff || bytes == IN_ZIP64 || directoryStart == IN_ZIP64) {
            ByteBuffer locator = signed(end - LOCATOR_BYTES, LOCATOR_BYTES, LOCATOR_SIGNATURE, "zip64 locator");
            last = locator.getLong(8);
            ByteBuffer wide = signed(last, END64_BYTES, END64_SIGNATURE, "zip64 end record");
            bytes = wide.getLong(40);
            directoryStart = wide.getLong(48);
        }
        if (bytes < 0 || bytes > MOST_DIRECTORY_BYTES || directoryStart < 0 || directoryStart > last - bytes) {
            throw fault(
                    "zip directory",
                    "at most " + MOST_DIRECTORY_BYTES + " bytes before its end record at " + last,
                    bytes + " bytes at " + directoryStart);
        }
        readEntries(bytes(directoryStart, bytes));
        requireApart();
    }

    /** Members that share bytes are two meanings of one: what was looked at need not be what is used. */
    private void requireApart() throws IOException {
        List<Member> inOrder = new ArrayList<>(members.values());
        inOrder.sort(Comparator.comparingLong(Member::header));
        long end = 0;
        String before = "";
        for (Member member : inOrder) {
            if (member.header() < end) {
                throw fault(
                        "zip members",
                        "apart",
                        Fault.shortened(before) + " and " + Fault.shortened(member.name()) + " that overlap");
            }
            end = start(member) + member.bytes();
            before = member.name();
        }
    }

    /** Compares all of a member's bytes with their CRC-32. @throws WeightsException when they are other ones */
    void requireWhole(Member member) throws IOException {
        if (member.checksum() == 0) {
            return;
        }
        CRC32 crc = new CRC32();
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
        long start = start(member);
        for (long done = 0; done < member.bytes(); done += piece.limit()) {
            piece.clear().limit((int) Math.min(PIECE_BYTES, member.bytes() - done));
            fill(start + done, piece);
            crc.update(piece.flip());
        }
        if ((int) crc.getValue() != member.checksum()) {
            throw fault(
                    "zip member " + member.name(),
                    "of CRC-32 " + Integer.toHexString(member.checksum()),
                    Long.toHexString(crc.getValue()) + "; damaged, get the file again");
        }
    }

    private long findEnd() throws IOException {
        int tail = (int) Math.min(size, END_BYTES + LONGEST_COMMENT);
        ByteBuffer bytes = bytes(size - tail, tail);
        for (int at = tail - END_BYTES; at >= 0; at--) {
            if (bytes.getInt(at) == END_SIGNATURE && (bytes.getShort(at + 20) & 0xffff) == tail - END_BYTES - at) {
                return size - tail + at;
            }
        }
        throw fault("file", "one of torch.save: a zip, or five pickles and storages", "neither, or a truncated one");
    }

    private void readEntries(ByteBuffer directory) {
        long left = directoryStart;
        while (directory.hasRemaining()) {
            Member member = entry(directory);
            left -= member.bytes();
            if (member.bytes() < 0 || member.header() < 0 || left < 0) {
                throw fault(
                        "zip members",
                        "together within the " + directoryStart + " bytes before the directory",
                        Fault.shortened(member.name()) + " of " + member.bytes() + " bytes at " + member.header());
            }
            if (members.put(member.name(), member) != null) {
                throw fault("zip member", "there once", Fault.shortened(member.name()) + " twice");
            }
        }
    }

    private Member entry(ByteBuffer directory) {
        int at = directory.position();
        if (directory.remaining() < ENTRY_BYTES || directory.getInt(at) != ENTRY_SIGNATURE) {
            throw fault("zip directory", "entries to its end", "something else at byte " + (directoryStart + at));
        }
        int nameBytes = directory.getShort(at + 28) & 0xffff;
        int extraBytes = directory.getShort(at + 30) & 0xffff;
        int entryBytes = ENTRY_BYTES + nameBytes + extraBytes + (directory.getShort(at + 32) & 0xffff);
        if (directory.remaining() < entryBytes) {
            throw fault("zip directory", "whole", "an entry beyond its end at byte " + (directoryStart + at));
        }
        byte[] name = new byte[nameBytes];
        directory.get(at + ENTRY_BYTES, name);
        directory.position(at + entryBytes);
        return entry(
                requireLegal(new String(name, StandardCharsets.UTF_8)),
                directory.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(at),
                directory.slice(at + ENTRY_BYTES + nameBytes, extraBytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    private Member entry(String name, ByteBuffer entry, ByteBuffer extra) {
        int at = entry.position();
        int method = entry.getShort(at + 10) & 0xffff;
        if ((entry.getShort(at + 8) & 1) != 0 || method != 0) {
            throw fault("zip member " + name, "stored as it is", "method " + method + " or encryption");
        }
        long packed = unsigned(entry.getInt(at + 20));
        long bytes = unsigned(entry.getInt(at + 24));
        long header = unsigned(entry.getInt(at + 42));
        ByteBuffer wide = zip64(extra);
        bytes = bytes == IN_ZIP64 ? next(name, wide) : bytes;
        packed = packed == IN_ZIP64 ? next(name, wide) : packed;
        header = header == IN_ZIP64 ? next(name, wide) : header;
        if (packed != bytes) {
            throw fault("zip member " + name, "stored as it is", packed + " bytes for " + bytes);
        }
        return new Member(name, header, bytes, entry.getInt(at + 16));
    }

    private static ByteBuffer zip64(ByteBuffer extra) {
        while (extra.remaining() >= 4) {
            int id = extra.getShort() & 0xffff;
            int length = Math.min(extra.getShort() & 0xffff, extra.remaining());
            if (id == ZIP64_EXTRA) {
                return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            }
            extra.position(extra.position() + length);
        }
        return ByteBuffer.allocate(0);
    }

    private long next(String name, ByteBuffer wide) {
        if (wide.remaining() < Long.BYTES) {
            throw fault("zip member " + name, "with its 64-bit sizes", "an entry without them");
        }
        return wide.getLong();
    }

    /** Nothing is ever written under a member's name; a file with such names was still made to harm. */
    private String requireLegal(String name) {
        boolean legal = !name.isEmpty() && name.chars().noneMatch(c -> c < ' ' || c == '\\' || c == ':');
        for (String segment : name.split("/", -1)) {
            legal &= !segment.isEmpty() && !segment.equals(".") && !segment.equals("..");
        }
        if (!legal) {
            throw fault("zip member", "a relative name without . and ..", Fault.shortened(name));
        }
        return name;
    }

    /** Where a member's bytes begin. @throws WeightsException when its header does not hold */
    long start(Member member) throws IOException {
        ByteBuffer local = signed(member.header(), LOCAL_BYTES, LOCAL_SIGNATURE, "header of " + member.name());
        long start = member.header() + LOCAL_BYTES + (local.getShort(26) & 0xffff) + (local.getShort(28) & 0xffff);
        if (start > directoryStart - member.bytes()) {
            throw fault(
                    "zip member " + member.name(),
                    "before the directory at " + directoryStart,
                    member.bytes() + " bytes at " + start);
        }
        return start;
    }

    private ByteBuffer signed(long position, int count, int signature, String what) throws IOException {
        ByteBuffer bytes = bytes(position, count);
        if (bytes.getInt(0) != signature) {
            throw fault(what, "at byte " + position, "something else");
        }
        return bytes;
    }

    private ByteBuffer bytes(long position, long count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(count)).order(ByteOrder.LITTLE_ENDIAN);
        fill(position, bytes);
        return bytes.flip();
    }

    /** Fills what remains of {@code target} from byte {@code position} of the file on. */
    void fill(long position, ByteBuffer target) throws IOException {
        if (position < 0 || position > size - target.remaining()) {
            throw fault("bytes", "within the file's " + size, target.remaining() + " at " + position + "; truncated?");
        }
        content.fill(target, position);
    }

    private static long unsigned(int value) {
        return value & 0xffffffffL;
    }

    private WeightsException fault(String argument, String rule, Object got) {
        return Fault.of(file, argument, rule, got);
    }
}
