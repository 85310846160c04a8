package io.fsvideo.cpu;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Copies between byte buffers of any kind and native memory; advances the buffer's position. */
final class HostCopy {
    private static final int BLOCK = 1 << 16;

    private HostCopy() {}

    static void toNative(ByteBuffer source, long address) {
        int count = source.remaining();
        if (source.isDirect()) {
            try (BytePointer from = new BytePointer(source)) {
                Pointer.memcpy(new Address().at(address), from, count);
            }
            source.position(source.limit());
            return;
        }
        byte[] block = new byte[Math.min(BLOCK, count)];
        for (int done = 0; done < count; done += block.length) {
            int step = Math.min(block.length, count - done);
            source.get(block, 0, step);
            new Staging().storeBytes(block, step, address + done);
        }
    }

    static void fromNative(long address, ByteBuffer target) {
        int count = target.remaining();
        if (target.isDirect()) {
            try (BytePointer to = new BytePointer(target)) {
                Pointer.memcpy(to, new Address().at(address), count);
            }
            target.position(target.limit());
            return;
        }
        byte[] block = new byte[Math.min(BLOCK, count)];
        for (int done = 0; done < count; done += block.length) {
            int step = Math.min(block.length, count - done);
            new Staging().loadBytes(address + done, block, step);
            target.put(block, 0, step);
        }
    }
}
