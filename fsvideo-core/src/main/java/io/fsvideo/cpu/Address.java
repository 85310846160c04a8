package io.fsvideo.cpu;

import org.bytedeco.javacpp.Pointer;

/** A raw native address in the form JavaCPP wants; one object is moved from call to call, so calls make no garbage. Owns nothing. */
final class Address extends Pointer {
    Address() {
        super((Pointer) null);
    }

    Address at(long value) {
        address = value;
        return this;
    }
}
