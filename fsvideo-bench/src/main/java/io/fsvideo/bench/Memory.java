package io.fsvideo.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Memory of a bench of a whole network; the report takes the median over iterations. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class Memory {
    /** 1e6 bytes of tensors and working buffers at most, weights included. */
    public double tensorMegabytes;
    /** 1e6 bytes the process grew by at most from before its weights to the end of its first call, whoever allocated them. */
    public double processMegabytes;
    /** Per cent of a run's time inside operations, with a wait behind each. */
    public double inOperations;
}
