package io.fsvideo.comm;

import io.fsvideo.robust.Fuzz;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class HelloFuzzTest {
    @Test
    void rendezvousBytes() throws IOException {
        ByteArrayOutputStream hello = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(hello);
        out.writeInt(0x46535652);
        out.writeInt(3);
        out.writeUTF("token");
        out.writeInt(1);
        out.writeInt(2);
        out.writeUTF("the same");
        out.writeInt(4711);
        Fuzz.run("rendezvous hello", hello.toByteArray(), 20_000, Fuzz::bytes, input -> {
            try {
                Hello.read(new DataInputStream(new ByteArrayInputStream(input)), "token");
            } catch (IOException stranger) {
                // Turned away.
            }
        });
    }
}
