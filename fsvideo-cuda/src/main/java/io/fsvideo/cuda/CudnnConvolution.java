package io.fsvideo.cuda;

import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.DType;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgo;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnDeterminism;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/**
 * cuDNN's descriptors of one {@link DnnLibrary.Shape} and the algorithm for it: of those that form the sums as matrix products, always in
 * the same order, the one cuDNN expects to be the fastest. Its guess depends on the device and on cuDNN's version, not on a measurement.
 */
final class CudnnConvolution implements AutoCloseable {
    private final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    private final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    private final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
    private final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    private int made;
    private int algorithm;
    private long workspaceBytes;

    CudnnConvolution(cudnnHandle handle, DnnLibrary.Shape shape) {
        try {
            make();
            describe(shape);
            choose(handle, shape);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void make() {
        CudnnLibrary.check("cudnnCreateTensorDescriptor", () -> JCudnn.cudnnCreateTensorDescriptor(x));
        made++;
        CudnnLibrary.check("cudnnCreateTensorDescriptor", () -> JCudnn.cudnnCreateTensorDescriptor(y));
        made++;
        CudnnLibrary.check("cudnnCreateFilterDescriptor", () -> JCudnn.cudnnCreateFilterDescriptor(w));
        made++;
        CudnnLibrary.check(
                "cudnnCreateConvolutionDescriptor", () -> JCudnn.cudnnCreateConvolutionDescriptor(convolution));
        made++;
    }

    /** Sizes are in the order channels, frames, height, width whatever the layout is. */
    private void describe(DnnLibrary.Shape s) {
        boolean bf16 = s.dtype() == DType.BF16;
        int type = bf16 ? cudnnDataType.CUDNN_DATA_BFLOAT16 : cudnnDataType.CUDNN_DATA_FLOAT;
        describe(x, type, s.batch(), s.inputs(), s.frames(), s.height(), s.width());
        describe(y, type, s.batch(), s.outputs(), s.outFrames(), s.outHeight(), s.outWidth());
        int[] filter = {s.outputs(), s.inputs(), s.kernelFrames(), s.kernelHeight(), s.kernelWidth()};
        CudnnLibrary.check(
                "cudnnSetFilterNdDescriptor of " + s,
                () -> JCudnn.cudnnSetFilterNdDescriptor(
                        w, type, cudnnTensorFormat.CUDNN_TENSOR_NHWC, filter.length, filter));
        int[] pad = {0, s.top(), s.left()};
        int[] step = {1, s.stride(), s.stride()};
        int[] dilation = {1, 1, 1};
        CudnnLibrary.check(
                "cudnnSetConvolutionNdDescriptor of " + s,
                () -> JCudnn.cudnnSetConvolutionNdDescriptor(
                        convolution,
                        pad.length,
                        pad,
                        step,
                        dilation,
                        cudnnConvolutionMode.CUDNN_CROSS_CORRELATION,
                        cudnnDataType.CUDNN_DATA_FLOAT));
        int math = bf16 ? cudnnMathType.CUDNN_TENSOR_OP_MATH : cudnnMathType.CUDNN_FMA_MATH;
        CudnnLibrary.check("cudnnSetConvolutionMathType", () -> JCudnn.cudnnSetConvolutionMathType(convolution, math));
    }

    private static void describe(
            cudnnTensorDescriptor descriptor, int type, int batch, int channels, int frames, int height, int width) {
        int[] sizes = {batch, channels, frames, height, width};
        int row = width * channels;
        int[] strides = {frames * height * row, 1, height * row, row, channels};
        CudnnLibrary.check(
                "cudnnSetTensorNdDescriptor of " + java.util.Arrays.toString(sizes),
                () -> JCudnn.cudnnSetTensorNdDescriptor(descriptor, type, sizes.length, sizes, strides));
    }

    private void choose(cudnnHandle handle, DnnLibrary.Shape shape) {
        cudnnConvolutionFwdAlgoPerf[] guesses =
                new cudnnConvolutionFwdAlgoPerf[cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_COUNT];
        for (int i = 0; i < guesses.length; i++) {
            guesses[i] = new cudnnConvolutionFwdAlgoPerf();
        }
        int[] count = new int[1];
        CudnnLibrary.check(
                "cudnnGetConvolutionForwardAlgorithm_v7 of " + shape,
                () -> JCudnn.cudnnGetConvolutionForwardAlgorithm_v7(
                        handle, x, w, convolution, y, guesses.length, count, guesses));
        long[] bytes = new long[1];
        for (int i = 0; i < count[0]; i++) {
            cudnnConvolutionFwdAlgoPerf guess = guesses[i];
            if (isFit(guess)
                    && CudnnLibrary.code(() -> JCudnn.cudnnGetConvolutionForwardWorkspaceSize(
                                    handle, x, w, convolution, y, guess.algo, bytes))
                            == 0) {
                algorithm = guess.algo;
                workspaceBytes = bytes[0];
                return;
            }
        }
        throw new BackendException("cuDNN: has no matrix product algorithm for " + shape
                + "; use BackendOptions.withConvolutions(KERNELS)");
    }

    /** Transforms (FFT, Winograd) round otherwise than a sum of products does. */
    private static boolean isFit(cudnnConvolutionFwdAlgoPerf guess) {
        boolean product = guess.algo == cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM
                || guess.algo == cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
        return product && guess.status == 0 && guess.determinism == cudnnDeterminism.CUDNN_DETERMINISTIC;
    }

    long workspaceBytes() {
        return workspaceBytes;
    }

    /** Addresses of device memory; {@code workspace} is 0 for none. */
    void run(cudnnHandle handle, HostFactors factors, long out, long in, long weight, long workspace) {
        CudnnLibrary.check(
                "cudnnConvolutionForward",
                () -> JCudnn.cudnnConvolutionForward(
                        handle,
                        factors.one(),
                        x,
                        NativeAddress.device(in),
                        w,
                        NativeAddress.device(weight),
                        convolution,
                        algorithm,
                        NativeAddress.device(workspace),
                        workspaceBytes,
                        factors.zero(),
                        y,
                        NativeAddress.device(out)));
    }

    /** Descriptors are host memory: they go also when the device is lost. */
    @Override
    public void close() {
        if (made > 3) {
            JCudnn.cudnnDestroyConvolutionDescriptor(convolution);
        }
        if (made > 2) {
            JCudnn.cudnnDestroyFilterDescriptor(w);
        }
        if (made > 1) {
            JCudnn.cudnnDestroyTensorDescriptor(y);
        }
        if (made > 0) {
            JCudnn.cudnnDestroyTensorDescriptor(x);
        }
        made = 0;
    }
}
