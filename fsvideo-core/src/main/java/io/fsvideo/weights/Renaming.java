package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A checkpoint's tensors under this library's names, whatever {@link Dialect} it has. */
public final class Renaming {
    /**
     * A parameter.
     *
     * @param shape as this library has it
     * @param stored names of the tensors that follow each other in it, mostly one
     */
    public record Parameter(Shape shape, List<String> stored) {}

    private final Dialect dialect;
    private final Map<String, Parameter> parameters;

    private Renaming(Dialect dialect, Map<String, Parameter> parameters) {
        this.dialect = dialect;
        this.parameters = parameters;
    }

    /**
     * @param description of the checkpoint, for messages
     * @param stored its names and shapes
     * @throws WeightsException when two names mean the same
     */
    public static Renaming of(String description, Map<String, Shape> stored) {
        Dialect dialect = Dialect.of(stored.keySet());
        NameTable table = dialect.table(stored.keySet());
        Map<String, String[]> parts = new LinkedHashMap<>();
        Map<String, Place> places = new LinkedHashMap<>();
        stored.forEach((name, shape) -> {
            Optional<Place> found = table == null ? Optional.of(Place.of(name)) : place(table, name, stored);
            found.ifPresent(place -> {
                places.put(name, place);
                String[] names = parts.computeIfAbsent(place.name(), ours -> new String[place.parts()]);
                requireNew(description, names[place.part()], name);
                names[place.part()] = name;
            });
        });
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        parts.forEach((ours, names) -> parameters.put(ours, parameter(names, places, stored)));
        return new Renaming(dialect, Collections.unmodifiableMap(parameters));
    }

    /** A scale belongs where its values do. */
    private static Optional<Place> place(NameTable table, String name, Map<String, Shape> stored) {
        boolean scale = name.endsWith(TensorSource.SCALE);
        String values = scale ? name.substring(0, name.length() - TensorSource.SCALE.length()) : name;
        if (!scale || !stored.containsKey(values)) {
            return table.place(name);
        }
        return table.place(values).map(place -> place.ofScale(TensorSource.SCALE));
    }

    private static void requireNew(String description, String before, String name) {
        if (before != null) {
            throw new WeightsException("weights: " + description + ": names must be of different parameters, got "
                    + Fault.shortened(before) + " and " + Fault.shortened(name));
        }
    }

    /** Parts that are not there leave the shape short, and so do parts of unlike rows. */
    private static Parameter parameter(String[] names, Map<String, Place> places, Map<String, Shape> stored) {
        List<String> found = new ArrayList<>();
        Shape shape = null;
        for (String name : names) {
            if (name != null) {
                Shape part = places.get(name).shape(stored.get(name));
                shape = shape == null ? part : joined(shape, part);
                found.add(name);
            }
        }
        return new Parameter(shape, List.copyOf(found));
    }

    private static Shape joined(Shape shape, Shape next) {
        boolean alike = shape.rank() == next.rank()
                && shape.rank() > 0
                && shape.with(0, 1).equals(next.with(0, 1));
        return alike ? shape.with(0, shape.dim(0) + next.dim(0)) : shape;
    }

    /** Whose names the checkpoint has. */
    public Dialect dialect() {
        return dialect;
    }

    /** The parameters by our names, in the checkpoint's order. */
    public Map<String, Parameter> parameters() {
        return parameters;
    }

    /** Our names and shapes. */
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> shapes.put(name, parameter.shape()));
        return shapes;
    }
}
