package io.fsvideo.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a bench moved and computed; JMH divides it by the time: GB/s and TFLOP/s. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Rate {
    /** 1e9 bytes. */
    public double gigabytes;
    /** 1e12 additions and multiplications. */
    public double teraflops;

    /** JMH keeps the object between iterations. */
    @Setup(Level.Iteration)
    public void reset() {
        gigabytes = 0;
        teraflops = 0;
    }

    void add(Cost cost) {
        gigabytes += cost.bytes() * 1e-9;
        teraflops += cost.flops() * 1e-12;
    }
}
