package io.fsvideo.conformance;

import io.fsvideo.tensor.DType;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs a test class once for F32 and once for BF16, each test with a fresh {@link TestArena}. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(TestArena.class)
@ParameterizedClass(name = "{0}")
@EnumSource(
        value = DType.class,
        names = {"F32", "BF16"})
@interface EveryComputeDType {}
