package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.media.FrameCollector;
import io.fsvideo.media.Image;
import io.fsvideo.media.ImageLimits;
import io.fsvideo.media.Video;
import io.fsvideo.media.VideoFormat;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weights.Lora;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Null in any place of any public method of the two packages an embedder sees is refused by the argument's name, before any work. */
class NullArgumentTest {
    /** What null may be given to, and why. */
    private static final Set<String> MAY_BE_NULL = Set.of(
            // Means the backend's choice, and says so.
            "OpenOptions.withDType(DType)",
            // The JDK's contracts.
            "Request.equals(Object)",
            // Called by the library, with an event or a job.
            "ProgressListener.onProgress(Progress)",
            "Observer.started(Job)",
            "Observer.ended(Job)");

    private static final Image IMAGE = SmallModel.picture(16, 16);

    /** A value for the other places of methods that take several. */
    private static final Map<Class<?>, Object> VALUES = Map.of(
            Path.class,
            Path.of("there-is-no-such-folder", "clip.mp4"),
            OpenOptions.class,
            OpenOptions.defaults(),
            Request.class,
            SmallModel.request(),
            ProgressListener.class,
            ProgressListener.NONE,
            String.class,
            "transformer",
            Lora.class,
            new Lora(Path.of("there-is-no-such-file"), 1),
            byte[].class,
            new byte[3],
            InputStream.class,
            new ByteArrayInputStream(new byte[3]),
            VideoFormat.class,
            VideoFormat.GIF,
            int.class,
            1);

    /** Public classes of a package, nested ones too; exceptions take any message, and records are what the library makes. */
    private static List<Class<?>> classes(String name) throws Exception {
        Path root = Path.of(FsVideo.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<Class<?>> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(root.resolve(name.replace('.', '/')))) {
            for (Path file : files.sorted().toList()) {
                String simple = file.getFileName().toString().replaceFirst("\\.class$", "");
                if (file.toString().endsWith(".class") && !simple.equals("package-info")) {
                    Class<?> type = Class.forName(name + "." + simple);
                    if (isPublic(type) && !Throwable.class.isAssignableFrom(type)) {
                        found.add(type);
                    }
                }
            }
        }
        return found;
    }

    private static boolean isPublic(Class<?> type) {
        return type == null || Modifier.isPublic(type.getModifiers()) && isPublic(type.getDeclaringClass());
    }

    private static List<Method> methods(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .filter(method -> !(type.isEnum() && method.getName().equals("valueOf")))
                .filter(method -> !(type.isRecord() && method.getName().equals("equals")))
                .filter(method -> !Arrays.stream(method.getParameterTypes()).allMatch(Class::isPrimitive))
                .toList();
    }

    private static String signature(Executable method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName() + "("
                + String.join(
                        ", ",
                        Arrays.stream(method.getParameterTypes())
                                .map(Class::getSimpleName)
                                .toList())
                + ")";
    }

    @Test
    void isRefusedEverywhere() throws Exception {
        try (FsVideo fs = FsVideo.open(SmallModel.directory())) {
            long idle = fs.bytesInUse();
            Job job = fs.submit(SmallModel.request().withSteps(1).withRefinerSteps(1));
            job.join();
            Map<Class<?>, Object> targets = Map.of(
                    FsVideo.class,
                    fs,
                    Job.class,
                    job,
                    OpenOptions.class,
                    OpenOptions.defaults(),
                    Request.class,
                    SmallModel.request(),
                    Image.class,
                    IMAGE,
                    Video.class,
                    job.join().video(),
                    VideoFormat.class,
                    VideoFormat.GIF,
                    FrameCollector.class,
                    new FrameCollector(1, 1, 12),
                    Embeddings.class,
                    Embeddings.of("", 1, new float[1]),
                    Latents.class,
                    Latents.of(1, 1, 1, 1, new float[1], Map.of()));
            Set<String> passed = new TreeSet<>();
            int places = 0;
            for (String name : List.of("io.fsvideo", "io.fsvideo.media")) {
                for (Class<?> type : classes(name)) {
                    for (Method method : methods(type)) {
                        if (MAY_BE_NULL.contains(signature(method))) {
                            passed.add(signature(method));
                        } else {
                            places += eachPlace(method, targets.get(type));
                        }
                    }
                }
            }
            assertEquals(new TreeSet<>(MAY_BE_NULL), passed, "exceptions that no longer exist");
            assertTrue(places >= 55, "places tried: " + places);
            assertEquals(0, fs.waiting());
            assertEquals(idle, fs.bytesInUse());
            System.out.println("null arguments: refused in " + places + " places");
        }
    }

    private static int eachPlace(Method method, Object target) throws IllegalAccessException {
        Class<?>[] types = method.getParameterTypes();
        int places = 0;
        for (int place = 0; place < types.length; place++) {
            if (!types[place].isPrimitive()) {
                Object[] arguments = new Object[types.length];
                for (int i = 0; i < types.length; i++) {
                    if (i != place) {
                        arguments[i] = value(types[i]);
                        assertInstanceOf(Object.class, arguments[i], "a value for " + types[i] + " of " + method);
                    }
                }
                requireRefused(method, target, arguments, place);
                places++;
            }
        }
        return places;
    }

    private static Object value(Class<?> type) {
        if (type == ImageLimits.class) {
            return ImageLimits.defaults();
        }
        if (type == float[].class) {
            return new float[1];
        }
        if (type == Map.class) {
            return Map.of();
        }
        if (type == Latents.Layout.class) {
            return Latents.Layout.NCTHW;
        }
        return type == OutputStream.class ? new ByteArrayOutputStream() : VALUES.get(type);
    }

    private static void requireRefused(Method method, Object target, Object[] arguments, int place)
            throws IllegalAccessException {
        String call = signature(method) + " with null in place " + place;
        try {
            method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            FsVideoException refusal = assertInstanceOf(FsVideoException.class, e.getCause(), call);
            String message = refusal.getMessage();
            assertTrue(message.matches("[\\w.]+: \\w+ must be given, got null"), call + ": " + message);
            return;
        }
        throw new AssertionError(call + " must be refused");
    }
}
