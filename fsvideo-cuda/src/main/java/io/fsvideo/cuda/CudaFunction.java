package io.fsvideo.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

/** An entry of a loaded module, with its arguments and the table of their addresses side by side in native memory. */
final class CudaFunction implements Driver.Function {
    /** Shared memory that every kernel may use without being asked. */
    private static final int SHARED_BYTES = 48 << 10;

    private static final int ALIGNMENT = 128;

    private final CudaDriver driver;
    private final String entry;
    private final ParameterLayout layout;
    private final CUfunction handle;
    private final ByteBuffer block;
    private final ByteBuffer values;
    private final Pointer parameters;
    private int allowedShared = SHARED_BYTES;

    CudaFunction(CudaDriver driver, String entry, ParameterLayout layout, CUfunction handle) {
        this.driver = driver;
        this.entry = entry;
        this.layout = layout;
        this.handle = handle;
        int table = (layout.bytes() + Long.BYTES - 1) & -Long.BYTES;
        // An aligned slice loses up to the alignment at both ends.
        block = ByteBuffer.allocateDirect(table + layout.count() * Long.BYTES + 2 * ALIGNMENT)
                .alignedSlice(ALIGNMENT)
                .order(ByteOrder.nativeOrder());
        values = block.slice(0, layout.bytes()).order(ByteOrder.nativeOrder());
        long address = NativeAddress.of(block);
        for (int i = 0; i < layout.count(); i++) {
            block.putLong(table + i * Long.BYTES, address + layout.offset(i));
        }
        parameters = NativeAddress.host(address + table);
    }

    @Override
    public String entry() {
        return entry;
    }

    @Override
    public ParameterLayout layout() {
        return layout;
    }

    @Override
    public ByteBuffer values() {
        return values;
    }

    CUfunction handle() {
        return handle;
    }

    /** The table of addresses, as {@code kernelParams}. */
    Pointer parameters() {
        return parameters;
    }

    /** Lets the next launches use this much dynamic shared memory; the device's limit is the driver's to check. */
    void allowShared(int bytes) {
        if (bytes > allowedShared) {
            driver.calls()
                    .check(
                            "cuFuncSetAttribute of " + entry + " for " + bytes + " shared bytes",
                            () -> JCudaDriver.cuFuncSetAttribute(
                                    handle,
                                    CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                    bytes));
            allowedShared = bytes;
        }
    }
}
