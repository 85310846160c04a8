import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/**
 * Assembles PTX with the compiler of CUDA 12.0 that JCuda carries, so that drivers of CUDA 12 can load the result: run as
 * {@code java -cp <jcuda jars> AssemblePtx.java <in.ptx> <sm_80 or sm_90a> <out.cubin> <out.ptx>}. Needs no GPU.
 *
 * <p>Newer compilers write a version line that CUDA 12.0 refuses; what the kernels use is all in PTX 8.0.
 */
public final class AssemblePtx {
    private AssemblePtx() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 4) {
            throw new IllegalArgumentException("AssemblePtx: takes <in.ptx> <architecture> <out.cubin> <out.ptx>");
        }
        String ptx = Files.readString(Path.of(arguments[0])).replaceFirst("(?m)^\\.version .*$", ".version 8.0");
        Files.writeString(Path.of(arguments[3]), ptx);
        Path folder = Files.createTempDirectory("fsvideo-ptx"); // private: JCuda unpacks its library into it
        System.setProperty("java.io.tmpdir", folder.toString());
        try {
            Files.write(Path.of(arguments[2]), assemble(arguments[0], ptx, arguments[1]));
        } finally {
            try (var files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private static byte[] assemble(String name, String ptx, String architecture) {
        nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
        byte[] text = (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
        int status = JNvPTXCompiler.nvPTXCompilerCreate(handle, text.length - 1, text);
        if (status == 0) {
            status = JNvPTXCompiler.nvPTXCompilerCompile(handle, 2, new String[] {"--gpu-name=" + architecture, "-O3"});
        }
        long[] size = new long[1];
        if (status != 0) {
            JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size);
            byte[] log = new byte[(int) size[0] + 1];
            JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log);
            throw new IllegalStateException(
                    name + ": must assemble for " + architecture + ", got status " + status + "\n" + new String(log).strip());
        }
        JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize(handle, size);
        byte[] cubin = new byte[(int) size[0]];
        JNvPTXCompiler.nvPTXCompilerGetCompiledProgram(handle, cubin);
        return cubin;
    }
}
