package io.fsvideo.server;

import io.fsvideo.FsVideo;
import io.fsvideo.RequestException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The open models by their names; a request that names none gets the first. */
final class Models {
    private final Map<String, FsVideo> models = new LinkedHashMap<>();

    /** @throws RequestException when there is none, or two have one name */
    Models(List<FsVideo> models) {
        for (FsVideo model : models) {
            String name = model.model().name();
            if (this.models.putIfAbsent(name, model) != null) {
                throw new RequestException("serve: models must have different names, got " + name
                        + " twice; change name under pipeline in a model_index.json");
            }
        }
        if (models.isEmpty()) {
            throw new RequestException("serve: at least one model must be given, got none");
        }
    }

    List<FsVideo> all() {
        return new ArrayList<>(models.values());
    }

    /**
     * @param name of one, or null for the first
     * @throws ApiException when there is none of this name
     */
    FsVideo named(String name) {
        FsVideo model = name == null ? models.values().iterator().next() : models.get(name);
        if (model == null) {
            throw new ApiException(404, "model_not_found", "model must be one of " + models.keySet() + ", got another");
        }
        return model;
    }
}
