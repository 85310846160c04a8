package io.fsvideo.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The emulator with the context switch of processors other than x86-64: blocks, warps, warpgroups, copies, barriers. */
class UcontextTest {
    @TestFactory
    Stream<DynamicTest> programsPass() {
        NativeBuild.make("target/native/ucontext/thread_probe_test", "target/native/ucontext/wgmma_probe_test");
        return Stream.of("thread_probe", "wgmma_probe")
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    String program = NativeBuild.OUT
                            .resolve("ucontext")
                            .resolve(name + "_test")
                            .toString();
                    NativeBuild.Result result = NativeBuild.run(program, "--mode", "plain");
                    assertEquals(0, result.status(), result.output());
                }));
    }
}
