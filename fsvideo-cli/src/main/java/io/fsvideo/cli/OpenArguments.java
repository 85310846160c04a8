package io.fsvideo.cli;

import io.fsvideo.OpenOptions;
import io.fsvideo.model.LayerMemory;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.LinearWeights;
import io.fsvideo.weights.Lora;
import io.fsvideo.weights.Offload;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a model is opened: where it runs, with whom, in which types and with which layer memory; a picocli mixin. */
final class OpenArguments {
    @Option(names = "--dtype", description = "What the models compute in, F32 or BF16 (default: the backend's choice).")
    private DType dtype;

    @Option(
            names = "--offload",
            defaultValue = "NONE",
            description = {
                "Parameters kept off the backend until they are used, for small devices: none, parts (each model comes"
                        + " for its",
                "stage), blocks (of the transformers and the text encoder two blocks at a time; not on a CPU).",
                "The video is the same (default: none)."
            })
    private Offload offload;

    @Option(
            names = "--linear-weights",
            defaultValue = "STORED",
            description =
                    "Type of matrices: stored (FP8 where the checkpoint and the backend have it), fp8 (quantized while"
                            + " loading; CUDA only; default: stored).")
    private LinearWeights linear;

    @Option(
            names = "--layer-memory",
            paramLabel = "NAME",
            description = {
                "Layer memory of the transformers, as in their config.json: none, dynamic_router, sliding_window:N, static,",
                "top_k:N or one of a jar on the class path. The weights must be those that it asks for (default: the"
                        + " model's)."
            })
    private String layerMemory;

    @Option(
            names = "--transformer",
            paramLabel = "FILE",
            description = {
                "Parameters of the transformer instead of the model directory's: one safetensors or GGUF file, or a folder.",
                "Other parts and every config.json stay the directory's."
            })
    private Path transformer;

    @Option(
            names = "--lora",
            paramLabel = "FILE[:STRENGTH]",
            converter = LoraArgument.class,
            description = {
                "A LoRA merged into the transformer while it is loaded, strength 1 unless said; may be given several times.",
                "What 'weights lora' merges, and nothing by half."
            })
    private List<Lora> loras = List.of();

    @Mixin
    private BackendArguments backendArguments;

    @Mixin
    private RankArguments rankArguments;

    BackendArguments backend() {
        return backendArguments;
    }

    RankArguments ranks() {
        return rankArguments;
    }

    /** Without the ranks that share each video. */
    OpenOptions options() {
        OpenOptions options = backendArguments
                .openOptions()
                .withDType(dtype)
                .withOffload(offload)
                .withLinearWeights(linear);
        if (transformer != null) {
            options = options.withWeights("transformer", transformer);
        }
        for (Lora lora : loras) {
            options = options.withLora(lora);
        }
        return layerMemory == null ? options : options.withLayerMemory(LayerMemory.named(layerMemory));
    }

    /** The options, with the ranks that share each video; waits for the other processes of a group. */
    OpenOptions withRanks() {
        return rankArguments.apply(options());
    }
}
