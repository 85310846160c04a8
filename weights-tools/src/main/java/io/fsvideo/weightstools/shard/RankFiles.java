package io.fsvideo.weightstools.shard;

import io.fsvideo.model.TensorParallel;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Slice;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The files of all ranks as the transformer they were cut from. What every rank has whole is read from all of them and must be the same
 * to the bit.
 */
public final class RankFiles implements TensorFile {
    private static final int COMPARED_BYTES = 1 << 16;

    private final Path folder;
    private final List<Checkpoint> ranks = new ArrayList<>();
    private final Map<String, StoredInfo> wholes = new TreeMap<>();
    private TensorParallel split;

    private RankFiles(Path folder) {
        this.folder = folder;
    }

    /** Whether there is a file of a rank in this folder. */
    public static boolean areIn(Path folder) {
        return !TensorParallel.rankFiles(folder).isEmpty();
    }

    /** Reads headers only. @throws WeightsException unless the folder has the files of all ranks of one group, and they agree */
    public static RankFiles open(Path folder) {
        RankFiles opened = new RankFiles(folder);
        try {
            opened.openAll();
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void openAll() {
        List<String> files = TensorParallel.rankFiles(folder);
        ranks.add(Checkpoint.asStored(folder.resolve(files.get(0))));
        split = TensorParallel.of(ranks.get(0).metadata())
                .orElseThrow(() -> fault("metadata of " + files.get(0), "a rank's", "none"));
        if (files.size() != split.ranks()) {
            throw fault("files of ranks", split.ranks() + " from " + split.fileName(0) + " on", files);
        }
        for (int rank = 0; rank < split.ranks(); rank++) {
            Path file = folder.resolve(split.fileName(rank));
            if (rank > 0) {
                ranks.add(Checkpoint.asStored(file));
            }
            Map<String, String> expected = split.metadata(rank);
            if (!ranks.get(rank).metadata().entrySet().containsAll(expected.entrySet())) {
                throw fault(
                        "metadata of " + file.getFileName(),
                        String.valueOf(expected),
                        ranks.get(rank).metadata());
            }
        }
        ranks.get(0).tensors().forEach(this::addWhole);
        for (int rank = 1; rank < split.ranks(); rank++) {
            requireSameAs(rank);
        }
    }

    private void addWhole(StoredInfo part) {
        Optional<Slice> slice = split.slice(part.name(), 0);
        if (slice.isEmpty()) {
            wholes.put(part.name(), part);
            return;
        }
        int axis = slice.orElseThrow().axis();
        if (part.shape().rank() <= axis
                || part.shape().dim(axis) != slice.orElseThrow().end()) {
            throw fault(part.name(), slice.orElseThrow().end() + " along dimension " + axis, part.shape());
        }
        Shape whole = part.shape().with(axis, slice.orElseThrow().whole());
        wholes.put(
                part.name(),
                new StoredInfo(part.name(), part.type(), whole, Math.multiplyExact(part.bytes(), split.ranks())));
    }

    /** Parts of a parameter are equally large on every rank. */
    private void requireSameAs(int rank) {
        List<StoredInfo> first = ranks.get(0).tensors();
        List<StoredInfo> other = ranks.get(rank).tensors();
        for (int i = 0; i < Math.max(first.size(), other.size()); i++) {
            StoredInfo expected = i < first.size() ? first.get(i) : null;
            StoredInfo got = i < other.size() ? other.get(i) : null;
            if (expected == null || !expected.equals(got)) {
                throw fault("tensors of " + split.fileName(rank), "as of rank 0: " + expected, got);
            }
        }
    }

    @Override
    public String description() {
        return folder.toString();
    }

    @Override
    public List<StoredInfo> tensors() {
        return List.copyOf(wholes.values());
    }

    @Override
    public Map<String, String> metadata() {
        Map<String, String> metadata = ranks.get(0).metadata();
        metadata.keySet().removeAll(split.metadata(0).keySet());
        return metadata;
    }

    @Override
    public void read(String name, long offset, ByteBuffer target) {
        StoredInfo whole = wholes.get(name);
        if (whole == null || offset < 0 || offset + target.remaining() > whole.bytes()) {
            throw fault("range of " + name, "within a tensor", target.remaining() + " bytes from " + offset + " on");
        }
        Optional<Slice> slice = split.slice(name, 0);
        if (slice.isPresent()) {
            join(whole, slice.orElseThrow(), offset, target);
        } else {
            readSame(name, offset, target);
        }
    }

    /** Runs of the ranks take turns. */
    private void join(StoredInfo whole, Slice slice, long offset, ByteBuffer target) {
        long run = slice.run(whole.shape()) * (whole.bytes() / whole.shape().numel());
        int end = target.limit();
        for (long at = offset; target.position() < end; ) {
            long turn = at / run;
            int count = (int) Math.min(run - at % run, end - target.position());
            target.limit(target.position() + count);
            ranks.get((int) (turn % split.ranks())).read(whole.name(), turn / split.ranks() * run + at % run, target);
            at += count;
        }
    }

    private void readSame(String name, long offset, ByteBuffer target) {
        ByteBuffer first = target.slice();
        ranks.get(0).read(name, offset, target);
        ByteBuffer other = ByteBuffer.allocate(Math.min(COMPARED_BYTES, first.capacity()));
        for (int rank = 1; rank < split.ranks(); rank++) {
            for (int done = 0; done < first.capacity(); done += other.limit()) {
                other.clear().limit(Math.min(other.capacity(), first.capacity() - done));
                ranks.get(rank).read(name, offset + done, other);
                if (!other.flip().equals(first.slice(done, other.limit()))) {
                    throw fault(name, "the same on every rank", "other values on rank " + rank + " than on rank 0");
                }
            }
        }
    }

    private WeightsException fault(String argument, String rule, Object got) {
        return new WeightsException("weights: " + folder + ": " + argument + " must be " + rule + ", got " + got);
    }

    @Override
    public void close() {
        ranks.forEach(Checkpoint::close);
    }
}
