package io.fsvideo.tensor;

/**
 * One block of a backend's memory, owned by one arena at a time; tensors of different shapes may share it. It may be away for a while,
 * see {@link TensorGroup}.
 */
final class Storage {
    /** Whose the memory is. */
    enum Place {
        /** The owner's. */
        OWN,
        /** Somebody else's, for a while. */
        BORROWED,
        /** There is none. */
        AWAY
    }

    final String name;
    final long bytes;
    private long address;
    private Place place = Place.OWN;
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

    Place place() {
        return place;
    }

    void put(Place next, long where) {
        place = next;
        address = where;
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
        if (place == Place.AWAY) {
            throw new IllegalStateException("tensor: " + (user == null ? name : user) + " of arena " + owner.path()
                    + " must be on the backend, got one that is offloaded; bring its group back first");
        }
        return address;
    }
}
