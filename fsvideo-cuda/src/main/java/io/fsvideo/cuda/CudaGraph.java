package io.fsvideo.cuda;

import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;

/** A captured graph, ready to be launched. */
final class CudaGraph implements Graph {
    private final CudaDriver driver;
    private final CUgraphExec handle;

    CudaGraph(CudaDriver driver, CUgraphExec handle) {
        this.driver = driver;
        this.handle = handle;
    }

    CUgraphExec handle() {
        return handle;
    }

    @Override
    public void close() {
        driver.calls().release("cuGraphExecDestroy", () -> {
            driver.makeCurrent();
            return JCudaDriver.cuGraphExecDestroy(handle);
        });
    }
}
