package io.fsvideo.comm;

import io.fsvideo.tensor.BackendException;
import java.io.IOException;

/** Rank 0 listens at an address that every rank was told. */
record AddressRendezvous(String host, int port, String token) implements Rendezvous {
    private static final int LONGEST = 1000;

    /** @throws BackendException without a token: whoever can reach the port would be taken for a rank */
    AddressRendezvous {
        if (token == null || token.isBlank() || token.length() > LONGEST) {
            throw new BackendException("ranks: the token of a group that meets at " + host + ":" + port
                    + " must be the same secret of 1 to " + LONGEST + " characters for all ranks, got "
                    + (token == null || token.isBlank() ? "none" : "a longer one")
                    + "; set FSVIDEO_TOKEN, or name a file that all ranks see as the meeting place");
        }
    }

    /** Without the token, which belongs in no log. */
    @Override
    public String toString() {
        return host + ":" + port;
    }

    @Override
    public Listener listen() throws IOException {
        return new Listener(Rendezvous.serve(host, port), token, () -> {});
    }

    @Override
    public Contact connect() throws IOException {
        return new Contact(Rendezvous.connect(host, port), token);
    }
}
