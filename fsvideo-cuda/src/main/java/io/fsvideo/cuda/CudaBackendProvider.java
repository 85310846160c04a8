package io.fsvideo.cuda;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;
import io.fsvideo.tensor.RankChannel;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Serves the names {@code cuda:0}, {@code cuda:1} and so on. */
public final class CudaBackendProvider implements BackendProvider {
    private static final Pattern NAME = Pattern.compile("cuda:(\\d{1,3})");

    @Override
    public String names() {
        return "cuda:0, cuda:1, ...";
    }

    @Override
    public boolean serves(String name) {
        return NAME.matcher(name).matches();
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        return CudaBackends.open(name, ordinal(name), options);
    }

    /** Ranks on one device share it; ranks on several have one each. */
    @Override
    public List<Backend> openRanks(List<String> names, BackendOptions options, List<RankChannel> channels) {
        long devices = names.stream().distinct().count();
        if (devices == names.size()) {
            return BackendProvider.super.openRanks(names, options, channels);
        }
        if (devices > 1) {
            throw new BackendException("cuda: ranks must share one device or have one each, got " + names);
        }
        return CudaBackends.openSharing(names.get(0), ordinal(names.get(0)), options, channels);
    }

    /** Device {@code ordinal} with collectives through NCCL, also where the group is of one rank. */
    public static Backend openWithNccl(int ordinal, BackendOptions options) {
        return CudaBackends.openWithNccl("cuda:" + ordinal, ordinal, options);
    }

    private int ordinal(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("cuda: name must be one of " + names() + ", got " + name);
        }
        return Integer.parseInt(matcher.group(1));
    }
}
