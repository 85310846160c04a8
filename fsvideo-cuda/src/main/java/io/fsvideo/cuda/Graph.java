package io.fsvideo.cuda;

/** Work captured once and launched as a whole; addresses and argument values are those of the capture. */
interface Graph extends AutoCloseable {
    @Override
    void close();
}
