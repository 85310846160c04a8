package io.fsvideo.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * One resolution of an autoencoder.
 *
 * @param width channels
 * @param depth blocks
 * @since 0.1
 */
public record StageConfig(int width, int depth, Block block) {
    /** Kinds of block, spelled as in upstream's configurations. */
    public enum Block {
        /** Two convolutions. */
        RES_BLOCK("ResBlock"),
        /** Linear attention and a gated bottleneck. */
        EVIT_GLU("EViT_GLU"),
        /** {@link #EVIT_GLU} with a second set of heads over 5 x 5 aggregated tokens. */
        EVIT_S5_GLU("EViTS5_GLU");

        private final String upstream;

        Block(String upstream) {
            this.upstream = upstream;
        }

        /** Upstream's spelling. */
        public String upstream() {
            return upstream;
        }
    }

    /** Stages from {@code width_list}, {@code depth_list} and {@code block_type}. */
    static List<StageConfig> read(ConfigJson json) {
        List<Integer> widths = json.integers("width_list");
        List<Integer> depths = json.integers("depth_list");
        List<String> blocks = json.texts("block_type", widths.size());
        if (depths.size() != widths.size()) {
            throw new ConfigException(
                    "config: " + json.path() + ".width_list and depth_list must be of one length, got " + widths.size()
                            + " and " + depths.size());
        }
        List<StageConfig> stages = new ArrayList<>();
        for (int i = 0; i < widths.size(); i++) {
            stages.add(new StageConfig(widths.get(i), depths.get(i), block(json, blocks.get(i))));
        }
        return stages;
    }

    private static Block block(ConfigJson json, String name) {
        for (Block block : Block.values()) {
            if (block.upstream.equals(name)) {
                return block;
            }
        }
        throw json.fault("block_type", "a list of ResBlock, EViT_GLU and EViTS5_GLU");
    }

    static void write(List<StageConfig> stages, ObjectNode json) {
        ArrayNode widths = json.putArray("width_list");
        ArrayNode depths = json.putArray("depth_list");
        ArrayNode blocks = json.putArray("block_type");
        for (StageConfig stage : stages) {
            widths.add(stage.width);
            depths.add(stage.depth);
            blocks.add(stage.block.upstream);
        }
    }

    /** Checks what holds for every stage list. @param place e.g. {@code encoder} */
    static void check(String place, List<StageConfig> stages, int headDim) {
        if (stages.isEmpty()) {
            throw new ConfigException("config: " + place + " must have at least one stage, got none");
        }
        Limits.atMost(Limits.STAGES, place + " stages", stages.size());
        for (int i = 0; i < stages.size(); i++) {
            StageConfig stage = stages.get(i);
            Limits.atMost(Limits.WIDTH, place + " width of stage " + i, stage.width);
            Limits.atMost(Limits.LAYERS, place + " depth of stage " + i, stage.depth);
            if (stage.width < 1 || stage.depth < 0) {
                throw new ConfigException(
                        "config: " + place + " stage " + i + " must have width >= 1 and depth >= 0, got width "
                                + stage.width + " and depth " + stage.depth);
            }
            if (stage.block != Block.RES_BLOCK && stage.width % headDim != 0) {
                throw new ConfigException("config: " + place + " stage " + i
                        + " must have a width divisible by attention_dim " + headDim + ", got " + stage.width);
            }
        }
    }
}
