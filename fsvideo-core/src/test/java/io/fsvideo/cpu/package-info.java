/** What only the CPU backend promises: memory, threads, and the same bits however many of them there are. */
package io.fsvideo.cpu;
