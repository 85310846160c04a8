/**
 * Groups of ranks that share one model. {@link io.fsvideo.comm.RankGroup} opens one backend and one thread per rank in this process;
 * {@link io.fsvideo.comm.HostComm} carries collectives through host memory over any {@link io.fsvideo.tensor.RankChannel}.
 */
package io.fsvideo.comm;
