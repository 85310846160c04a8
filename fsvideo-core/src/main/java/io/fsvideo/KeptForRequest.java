package io.fsvideo;

import io.fsvideo.pipeline.Keep;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Hands what a generation makes on its way to those whom the request names. */
record KeptForRequest(Request request, ResolvedRequest job, Supplier<Map<String, String>> metadata) implements Keep {
    @Override
    public void texts(List<Tensor> texts) {
        if (request.embeddingsTo() == null) {
            return;
        }
        Embeddings embeddings = Embeddings.of(
                job.prompt(), (int) texts.get(0).dim(1), texts.get(0).toFloats());
        request.embeddingsTo()
                .accept(
                        texts.size() == 1
                                ? embeddings
                                : embeddings.withNegative(
                                        job.negativePrompt(), texts.get(1).toFloats()));
    }

    @Override
    public void latents(Tensor latents) {
        if (request.latentsTo() != null) {
            request.latentsTo()
                    .accept(Latents.of(
                            (int) latents.dim(1),
                            (int) latents.dim(2),
                            (int) latents.dim(3),
                            (int) latents.dim(4),
                            latents.toFloats(),
                            metadata.get()));
        }
    }
}
