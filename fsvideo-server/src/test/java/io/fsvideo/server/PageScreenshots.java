package io.fsvideo.server;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Takes the pictures of the page that the documents show. Arguments: a model directory, a photo, and the folder to write to. Run by hand:
 *
 * <p>{@code mvn -pl fsvideo-server -am test-compile} and then {@code java -cp CLASSPATH io.fsvideo.server.PageScreenshots models/demo
 * examples/rocket.jpg docs}
 */
final class PageScreenshots {
    private PageScreenshots() {}

    public static void main(String[] arguments) throws Exception {
        Path photo = Path.of(arguments[1]);
        Path folder = Path.of(arguments[2]);
        Path clips = Files.createTempDirectory("fsvideo-screenshots");
        try (FsVideo model = FsVideo.open(Path.of(arguments[0]), OpenOptions.defaults());
                VideoServer server = VideoServer.start(model, ServerOptions.local(0, clips));
                Browser browser = Browser.open(Browser.program().orElseThrow())) {
            browser.view(1100, 860, "light");
            browser.go(server.address());
            browser.await("document.getElementById('size').options.length > 0");
            browser.choose("photo", photo);
            browser.await("!document.getElementById('crop').hidden");
            browser.eval("document.getElementById('prompt').value = 'the camera zooms in'");
            browser.eval("document.getElementById('seed').value = '7'");
            browser.screenshot(folder.resolve("page-photo.png"));
            browser.click("make");
            browser.await("preview.src.includes('variant=preview') && preview.naturalWidth > 0");
            browser.screenshot(folder.resolve("page-preview.png"));
            browser.await("!document.getElementById('result').hidden");
            browser.click("compare");
            browser.await("document.getElementById('before').naturalWidth > 0");
            browser.eval("new Promise(done => { const v = document.getElementById('clip'); v.pause();"
                    + " v.onseeked = done; v.currentTime = 1.2; })");
            browser.screenshot(folder.resolve("page-clip.png"));
            browser.view(390, 844, "dark");
            browser.eval("window.scrollTo(0, document.getElementById('stage').offsetTop - 12)");
            browser.screenshot(folder.resolve("page-phone.png"));
        }
    }
}
