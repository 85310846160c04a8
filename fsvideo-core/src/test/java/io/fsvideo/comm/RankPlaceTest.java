package io.fsvideo.comm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.BackendException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RankPlaceTest {
    @Test
    void readsEveryLauncher() {
        assertEquals(
                Optional.of(new RankPlace(3, 4, 1)),
                RankPlace.of(Map.of("RANK", "3", "WORLD_SIZE", "4", "LOCAL_RANK", "1")));
        assertEquals(
                Optional.of(new RankPlace(1, 2, 0)),
                RankPlace.of(Map.of(
                        "OMPI_COMM_WORLD_RANK", "1", "OMPI_COMM_WORLD_SIZE", "2", "OMPI_COMM_WORLD_LOCAL_RANK", "0")));
        assertEquals(
                Optional.of(new RankPlace(5, 8, 1)),
                RankPlace.of(Map.of("SLURM_PROCID", "5", "SLURM_NTASKS", "8", "SLURM_LOCALID", "1")));
        assertEquals(Optional.empty(), RankPlace.of(Map.of("PATH", "/bin")));
    }

    @Test
    void withoutALocalRankTheRankCounts() {
        assertEquals(
                new RankPlace(1, 2, 1),
                RankPlace.of(Map.of("RANK", "1", "WORLD_SIZE", "2")).orElseThrow());
    }

    @Test
    void aProcessUsesTheDeviceOfItsLocalRank() {
        assertEquals(1, RankPlace.device(Map.of("RANK", "9", "WORLD_SIZE", "16", "LOCAL_RANK", "1")));
        Map<String, String> slurm = Map.of("SLURM_PROCID", "5", "SLURM_NTASKS", "8", "SLURM_LOCALID", "3");
        assertEquals(3, RankPlace.device(slurm));
        assertEquals(3, RankPlace.device(seeing("0,1,2,3", slurm)));
        assertEquals(0, RankPlace.device(seeing("3", slurm)), "the task's own device is the only one it sees");
        assertEquals(0, RankPlace.device(Map.of()));
        assertThrows(BackendException.class, () -> RankPlace.device(Map.of("RANK", "1")));
    }

    private static Map<String, String> seeing(String devices, Map<String, String> environment) {
        Map<String, String> more = new HashMap<>(environment);
        more.put("CUDA_VISIBLE_DEVICES", devices);
        return more;
    }

    @Test
    void refusesHalvesAndNonsense() {
        refused("RANK and WORLD_SIZE must be set together, got only RANK", Map.of("RANK", "1"));
        refused("SLURM_NTASKS must be a whole number, got two", Map.of("SLURM_PROCID", "0", "SLURM_NTASKS", "two"));
        refused("rank must be within 0 .. size - 1", Map.of("RANK", "2", "WORLD_SIZE", "2"));
    }

    @Test
    void anAddressNeedsHostAndPort() {
        assertEquals(
                Rendezvous.at("node1", 29500, "x"),
                Rendezvous.of(Map.of("MASTER_ADDR", "node1", "MASTER_PORT", "29500", "FSVIDEO_TOKEN", "x")));
        for (Map<String, String> bad : List.of(
                Map.<String, String>of(),
                Map.of("MASTER_ADDR", "a", "MASTER_PORT", "x", "FSVIDEO_TOKEN", "t"),
                Map.of("MASTER_ADDR", "a", "MASTER_PORT", "65536", "FSVIDEO_TOKEN", "t"),
                Map.of("MASTER_ADDR", "a", "MASTER_PORT", "1", "FSVIDEO_TOKEN", " "),
                Map.of("MASTER_ADDR", "a", "MASTER_PORT", "1"))) {
            assertThrows(BackendException.class, () -> Rendezvous.of(bad));
        }
    }

    @Test
    void aTokenIsInNoMessage() {
        assertEquals("node1:29500", Rendezvous.at("node1", 29500, "secret").toString());
        assertTrue(Rendezvous.newToken().matches("[0-9a-f]{32}"));
    }

    private static void refused(String part, Map<String, String> environment) {
        String message = assertThrows(BackendException.class, () -> RankPlace.of(environment))
                .getMessage();
        assertTrue(message.contains(part), message);
    }
}
