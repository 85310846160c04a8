package io.fsvideo.cuda;

import io.fsvideo.kernels.KernelImage;
import io.fsvideo.kernels.KernelParameter;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A launch as it was queued.
 *
 * @param kernel name of the source file
 * @param arguments by the names that the source gives its parameters: addresses and numbers; structures by their first eight
 *     bytes, tensor maps left out
 */
record RecordedLaunch(
        String kernel, String entry, List<Integer> grid, int block, int sharedBytes, Map<String, Number> arguments) {
    /** Keeps every launch. */
    static final class Recorder implements Launch.Listener {
        private final List<RecordedLaunch> launches = new ArrayList<>();

        @Override
        public void launching(
                String kernel, KernelImage image, Driver.Function function, int[] grid, int block, int sharedBytes) {
            List<KernelParameter> parameters = image.parameters(function.entry());
            Map<String, Number> arguments = new LinkedHashMap<>();
            for (int i = 0; i < parameters.size(); i++) {
                if (function.layout().kind(i) != ParameterLayout.Kind.TENSOR_MAP) {
                    arguments.put(parameters.get(i).name(), value(function, i, parameters.get(i)));
                }
            }
            launches.add(new RecordedLaunch(
                    kernel, function.entry(), List.of(grid[0], grid[1], grid[2]), block, sharedBytes, arguments));
        }

        private static Number value(Driver.Function function, int index, KernelParameter parameter) {
            ByteBuffer values = function.values();
            int offset = function.layout().offset(index);
            if (parameter.type().equals("float")) {
                return values.getFloat(offset);
            }
            if (parameter.bytes() == Integer.BYTES) {
                return values.getInt(offset);
            }
            return values.getLong(offset);
        }

        List<RecordedLaunch> launches() {
            return launches;
        }

        RecordedLaunch last() {
            return launches.get(launches.size() - 1);
        }
    }

    /** Whether parameter {@code name} is the address of {@code tensor}. */
    boolean points(String name, Tensor tensor) {
        return arguments.get(name).longValue() == tensor.address();
    }
}
