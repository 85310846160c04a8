package io.fsvideo.weights;

import io.fsvideo.weights.TorchTensor.Storage;
import io.fsvideo.weights.ZipMembers.Member;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A file of {@code torch.save} since version 1.6: a zip with one pickle, and one member for each storage. */
final class PthZip implements PthContents {
    private static final String PICKLE = "data.pkl";

    private final Path path;
    private final ZipMembers zip;
    private final String folder;
    private final Object value;

    PthZip(Path path, FileBytes file) throws IOException {
        this.path = path;
        this.zip = ZipMembers.read(path, file);
        this.folder = folder();
        requireLittleEndian();
        this.value = Unpickler.read(path, contents(folder + PICKLE, MOST_PICKLE_BYTES));
    }

    private String folder() {
        List<String> pickles = zip.members().keySet().stream()
                .filter(name -> name.endsWith("/" + PICKLE) && name.indexOf('/') == name.lastIndexOf('/'))
                .toList();
        if (pickles.size() != 1) {
            throw Fault.of(path, "zip", "one folder with " + PICKLE, pickles.size() + " of them");
        }
        return pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
    }

    private void requireLittleEndian() throws IOException {
        String member = folder + "byteorder";
        if (zip.members().containsKey(member)) {
            String order = StandardCharsets.UTF_8.decode(contents(member, 16)).toString();
            if (!order.equals("little")) {
                throw Fault.of(path, "byteorder", "little", Fault.shortened(order));
            }
        }
    }

    private ByteBuffer contents(String name, long most) throws IOException {
        Member member = zip.members().get(name);
        if (member.bytes() > most) {
            throw Fault.of(path, name, "at most " + most + " bytes", member.bytes());
        }
        zip.requireWhole(member);
        ByteBuffer contents = ByteBuffer.allocate((int) member.bytes());
        zip.fill(zip.start(member), contents);
        return contents.flip();
    }

    @Override
    public Object value() {
        return value;
    }

    @Override
    public Optional<Extent> extent(Storage storage) throws IOException {
        Member member = zip.members().get(folder + "data/" + storage.key());
        return member == null
                ? Optional.empty()
                : Optional.of(new Extent(member.name(), zip.start(member), member.bytes()));
    }

    @Override
    public void requireWhole(Extent extent) throws IOException {
        zip.requireWhole(zip.members().get(extent.name()));
    }
}
