package io.fsvideo.weightstools.pickle;

import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import io.fsvideo.weightstools.checkpoint.TensorFile;
import io.fsvideo.weightstools.pickle.ZipMembers.Member;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A state dict that {@code torch.save} wrote: the dict itself, or one under {@code ema_model_state_dict} (of several averages the first),
 * {@code model_state_dict} or {@code state_dict}. Opening reads the pickle and checks it against the members; tensors are read in place.
 */
public final class PthFile implements TensorFile {
    private static final String PICKLE = "data.pkl";
    private static final long MOST_PICKLE_BYTES = 16 << 20;
    private static final int DEEPEST_DICT = 3;

    private final Path file;
    private final FileChannel channel;
    private final ZipMembers zip;
    private final Map<String, Place> places = new TreeMap<>();

    /** Storages whose checksum was compared, which costs one more reading of their bytes. */
    private final Set<Member> whole = new HashSet<>();

    private record Place(StoredInfo info, long start, Member member) {}

    private PthFile(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.zip = ZipMembers.read(file, channel);
        String folder = folder();
        requireLittleEndian(folder);
        Map<?, ?> dict = stateDict(Unpickler.read(file, contents(folder + PICKLE, MOST_PICKLE_BYTES)));
        for (Map.Entry<?, ?> entry : dict.entrySet()) {
            add(folder, entry.getKey(), entry.getValue());
        }
    }

    /** Whether a file's name is one that PyTorch's files have. */
    public static boolean isOne(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(".pth") || name.endsWith(".pt");
    }

    /** @throws WeightsException when the file is damaged, unreadable, or does anything but describe tensors */
    public static PthFile open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw Refusal.of(file, "checkpoint", "a file", Files.exists(file) ? "something else" : "nothing there");
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            PthFile opened = new PthFile(file, channel);
            channel = null;
            return opened;
        } catch (IOException e) {
            throw Refusal.of(file, "checkpoint", "readable", e);
        } finally {
            closeQuietly(channel);
        }
    }

    private String folder() {
        List<String> pickles = zip.members().keySet().stream()
                .filter(name -> name.endsWith("/" + PICKLE) && name.indexOf('/') == name.lastIndexOf('/'))
                .toList();
        if (pickles.size() != 1) {
            throw Refusal.of(file, "zip", "one folder with " + PICKLE, pickles.size() + " of them");
        }
        return pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
    }

    private void requireLittleEndian(String folder) throws IOException {
        String member = folder + "byteorder";
        if (zip.members().containsKey(member)) {
            String order = StandardCharsets.UTF_8.decode(contents(member, 16)).toString();
            if (!order.equals("little")) {
                throw Refusal.of(file, "byteorder", "little", Refusal.shortened(order));
            }
        }
    }

    private ByteBuffer contents(String name, long most) throws IOException {
        Member member = zip.members().get(name);
        if (member.bytes() > most) {
            throw Refusal.of(file, name, "at most " + most + " bytes", member.bytes());
        }
        zip.requireWhole(member);
        ByteBuffer contents = ByteBuffer.allocate((int) member.bytes());
        zip.fill(zip.start(member), contents);
        return contents.flip();
    }

    private Map<?, ?> stateDict(Object root) {
        Object value = root;
        for (int depth = 0; depth < DEEPEST_DICT; depth++) {
            Object inner = value instanceof Map<?, ?> dict ? inner(dict) : null;
            if (inner == null) {
                break;
            }
            value = inner;
        }
        if (!(value instanceof Map<?, ?> dict)) {
            throw Refusal.of(file, "pickle", "a dict of tensors", Tuple.kind(value));
        }
        return dict;
    }

    private static Object inner(Map<?, ?> dict) {
        if (dict.get("ema_model_state_dict") instanceof Map<?, ?> averages && !averages.isEmpty()) {
            return averages.values().iterator().next();
        }
        Object model = dict.get("model_state_dict");
        return model == null ? dict.get("state_dict") : model;
    }

    private void add(String folder, Object key, Object value) throws IOException {
        if (!(key instanceof String name)) {
            throw Refusal.of(file, "key of a tensor", "a string", key);
        }
        String shown = Refusal.shortened(name);
        if (!(value instanceof TorchTensor tensor)) {
            throw Refusal.of(file, shown, "a tensor", Tuple.kind(value));
        }
        if (!tensor.isContiguous()) {
            throw Refusal.of(file, shown, "contiguous; save it again after .contiguous()", "other strides");
        }
        Member member = zip.members().get(folder + "data/" + tensor.storage().key());
        if (member == null) {
            throw Refusal.of(
                    file,
                    "storage of " + shown,
                    "in the zip",
                    Refusal.shortened(tensor.storage().key()));
        }
        places.put(name, place(name, tensor, member));
    }

    private Place place(String name, TorchTensor tensor, Member member) throws IOException {
        String shown = Refusal.shortened(name);
        try {
            long stored = Math.multiplyExact(
                    tensor.storage().count(), (long) tensor.storage().type().bytes());
            long offset =
                    Math.multiplyExact(tensor.offset(), (long) tensor.type().bytes());
            long bytes = Math.multiplyExact(
                    tensor.shape().numel(), (long) tensor.type().bytes());
            if (stored != member.bytes() || Math.addExact(offset, bytes) > stored) {
                String got =
                        tensor.shape() + " " + tensor.type().stored() + " at byte " + offset + " of " + member.bytes();
                throw Refusal.of(file, shown, "within its storage of " + stored + " bytes", got);
            }
            StoredInfo info = new StoredInfo(name, tensor.type().stored(), tensor.shape(), bytes);
            return new Place(info, zip.start(member) + offset, member);
        } catch (ArithmeticException e) {
            throw Refusal.of(file, shown, "of a size that fits 63 bits", tensor.shape());
        }
    }

    @Override
    public String description() {
        return file.toString();
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public List<StoredInfo> tensors() {
        return places.values().stream().map(Place::info).toList();
    }

    @Override
    public void read(String name, long offset, ByteBuffer target) {
        Place place = places.get(name);
        if (place == null || offset < 0 || target.remaining() > place.info().bytes() - offset) {
            String got = target.remaining() + " bytes from " + offset + " on";
            throw Refusal.of(file, "range of " + name, place == null ? "of a tensor" : "within " + place.info(), got);
        }
        try {
            if (whole.add(place.member())) {
                zip.requireWhole(place.member());
            }
            zip.fill(place.start() + offset, target);
        } catch (IOException e) {
            throw Refusal.of(file, name, "readable", e);
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    /** Nothing was written, so a failing close loses nothing. */
    private static void closeQuietly(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                return;
            }
        }
    }
}
