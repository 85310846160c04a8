package io.fsvideo.cuda;

import java.nio.Buffer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.Pointer;

/** The bridge between addresses as numbers, JCuda's objects and JavaCPP's. */
final class NativeAddress {
    private NativeAddress() {}

    /** Device memory at an address: an offset from null, as JCuda makes no other way public. */
    static CUdeviceptr device(long address) {
        return new CUdeviceptr().withByteOffset(address);
    }

    /** Host memory at an address, without the cost of one that is backed by a Java object. */
    static jcuda.Pointer host(long address) {
        return new HostPointer(address);
    }

    /** Address of a direct buffer's first byte. */
    static long of(Buffer buffer) {
        try (Pointer pointer = new Pointer(buffer.duplicate().clear())) {
            return pointer.address();
        }
    }

    /** A stream whose handle JavaCPP can use too. */
    static final class StreamHandle extends CUstream {
        long address() {
            return getNativePointer();
        }

        CUstream_st javaCpp() {
            return new CUstream_st(new JavaCppAddress(getNativePointer()));
        }
    }

    private static final class JavaCppAddress extends Pointer {
        JavaCppAddress(long value) {
            address = value;
        }
    }

    private static final class HostPointer extends jcuda.Pointer {
        HostPointer(long address) {
            super(address);
        }
    }
}
