import io.fsvideo.*;
import io.fsvideo.media.Image;
import java.nio.file.Path;

public class Animate {
    public static void main(String[] args) {
        Path model = Path.of(args[0]), photo = Path.of(args[1]), out = Path.of(args[2]);
        try (FsVideo fs = FsVideo.open(model)) { // on "cpu"; OpenOptions chooses another backend
            Request request = Request.of(Image.read(photo)).withPrompt("the camera pans left").withSeed(7);
            System.out.println(fs.plan(request)); // bytes per part and stage, before anything runs
            Result result = fs.generate(request, progress -> System.out.println(progress));
            result.video().writeMp4(out);
        }
    }
}
