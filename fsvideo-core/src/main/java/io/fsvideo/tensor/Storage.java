package io.fsvideo.tensor;

/** One block of a backend's memory, owned by one arena at a time; tensors of different shapes may share it. */
final class Storage {
    final String name;
    final long bytes;
    private final long address;
    private Arena owner;
    private String freedBy;

    Storage(Arena owner, String name, long address, long bytes) {
        this.owner = owner;
        this.name = name;
        this.address = address;
        this.bytes = bytes;
    }

    Arena owner() {
        return owner;
    }

    void moveTo(Arena arena) {
        owner = arena;
    }

    void markFreed() {
        freedBy = owner.path();
        owner = null;
    }

    long address(Tensor user) {
        if (owner == null) {
            throw new IllegalStateException("tensor: " + user + " was freed when arena " + freedBy
                    + " closed; keep() it in an arena that lives longer");
        }
        return address;
    }
}
