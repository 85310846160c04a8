package io.fsvideo.weights;

import java.util.Set;

/** Whose names a checkpoint uses. Ours are those of the models' own authors. */
public enum Dialect {
    /** The names of the model's own authors, which are ours. */
    UPSTREAM(null) {
        @Override
        NameTable table(Set<String> names) {
            return null;
        }
    },

    /** Wan transformers as Diffusers stores them. Source: scripts/convert_wan_to_diffusers.py there, read backwards. */
    DIFFUSERS_WAN("condition_embedder.") {
        @Override
        NameTable table(Set<String> names) {
            return Wan.TABLE;
        }
    },

    /** Wan's autoencoder as Diffusers stores it. Source: as {@link #DIFFUSERS_WAN} and autoencoder_kl_wan.py. */
    DIFFUSERS_WAN_VAE("post_quant_conv.") {
        @Override
        NameTable table(Set<String> names) {
            return DiffusersNames.autoencoder(names);
        }
    },

    /** DC-AE as Diffusers stores it. Source: scripts/convert_dcae_to_diffusers.py there, read backwards. */
    DIFFUSERS_DC_AE("encoder.down_blocks.2.0.") {
        @Override
        NameTable table(Set<String> names) {
            return DcAeNames.autoencoder(names);
        }
    },

    /** umT5's encoder as Transformers stores it. Source: modeling_umt5.py there. */
    TRANSFORMERS_UMT5("encoder.block.") {
        @Override
        NameTable table(Set<String> names) {
            return TransformersNames.umt5(names);
        }
    },

    /** umT5's encoder as llama.cpp stores it in GGUF. Source: gguf-py tensor_mapping.py there. */
    LLAMA_CPP_UMT5("enc.blk.") {
        @Override
        NameTable table(Set<String> names) {
            return TransformersNames.llamaUmt5();
        }
    },

    /** CLIP's vision tower as Transformers stores it. Source: modeling_clip.py there. */
    TRANSFORMERS_CLIP("vision_model.") {
        @Override
        NameTable table(Set<String> names) {
            return TransformersNames.clipVision();
        }
    };

    /** How names begin of which every checkpoint of the kind has some, and those of other kinds have none. */
    private final String mark;

    Dialect(String mark) {
        this.mark = mark;
    }

    abstract NameTable table(Set<String> names);

    /** The dialect of a checkpoint with these names. */
    public static Dialect of(Set<String> names) {
        for (Dialect dialect : values()) {
            if (dialect.mark != null && names.stream().anyMatch(name -> name.startsWith(dialect.mark))) {
                return dialect;
            }
        }
        return UPSTREAM;
    }

    /** Wan's rules do not depend on the checkpoint; asked for names one by one, they are made once. */
    private static final class Wan {
        static final NameTable TABLE = DiffusersNames.transformer();
    }

    /** The name this library has for one parameter of a transformer. */
    public String ours(String name) {
        NameTable table = table(Set.of(name));
        return table == null ? name : table.place(name).map(Place::name).orElse(name);
    }
}
