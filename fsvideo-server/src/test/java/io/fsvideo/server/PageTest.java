package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fsvideo.OpenOptions;
import io.fsvideo.SmallModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser; skipped where there is none. */
@Timeout(300)
class PageTest {
    @TempDir
    static Path folder;

    private static ServedModel served;
    private static Browser browser;
    private static Path photo;

    @BeforeAll
    static void start() throws IOException {
        Optional<Path> program = Browser.program();
        assumeTrue(program.isPresent(), "needs Chromium on the PATH");
        photo = Files.write(folder.resolve("photo.png"), Client.photo());
        served = new ServedModel(ServedModel.options(Files.createDirectory(folder.resolve("clips"))), 8);
        browser = Browser.open(program.get());
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
            served.close();
        }
    }

    @BeforeEach
    void openPage() throws InterruptedException {
        browser.view(1100, 900, "light");
        browser.go(served.server.address());
        browser.await("document.getElementById('size').options.length > 0");
    }

    @AfterEach
    void noProblems() {
        assertEquals(List.of(), browser.problems());
    }

    private static String text(String id) {
        return browser.eval("document.getElementById('" + id + "').textContent").asText();
    }

    private static void make(String prompt) throws InterruptedException {
        browser.choose("photo", photo);
        browser.await("!document.getElementById('make').disabled");
        browser.eval("document.getElementById('prompt').value = " + Client.JSON.valueToTree(prompt));
        browser.click("make");
    }

    private static void awaitClip(String prompt) throws InterruptedException {
        browser.await(
                "!document.getElementById('result').hidden && document.getElementById('caption').textContent.includes("
                        + Client.JSON.valueToTree(prompt) + ")");
    }

    private static String playedToItsEnd() {
        return browser.eval("new Promise((resolve, reject) => {"
                        + " const v = document.getElementById('clip'); v.loop = false; v.currentTime = 0;"
                        + " v.onended = () => resolve('ended at ' + (v.currentTime >= v.duration));"
                        + " v.onerror = () => reject(v.error.message); v.play(); })")
                .asText();
    }

    @Test
    void aPhotoBecomesAClipThatPlaysToItsEnd() throws Exception {
        browser.choose("photo", photo);
        browser.await("!document.getElementById('crop').hidden");
        assertEquals("128x128", browser.eval("crop.width + 'x' + crop.height").asText());
        assertTrue(text("cropnote").contains("7 % of the photo is cut off"), text("cropnote"));
        make("the camera pans left");
        awaitClip("the camera pans left");
        assertEquals("ended at true", playedToItsEnd());
        assertEquals(
                128, browser.eval("document.getElementById('clip').videoWidth").asInt());
        browser.click("compare");
        browser.await("document.getElementById('before').naturalWidth === 150");
        assertEquals(
                "true",
                browser.eval("document.getElementById('compare').ariaPressed").asText());
        String first = text("caption");
        browser.click("again");
        browser.await("!document.getElementById('result').hidden && caption.textContent !== "
                + Client.JSON.valueToTree(first));
        assertTrue(browser.eval("document.getElementById('mp4').href").asText().endsWith("/content?download=1"));
    }

    /** What follows is made in so many steps of the base model. */
    private static void withSteps(int steps) {
        browser.eval("(() => { const send = window.fetch; window.fetch = (path, options) => {"
                + " if (options && options.body instanceof FormData) { options.body.append('steps', '" + steps + "'); }"
                + " return send(path, options); }; })()");
    }

    private static double boxHeight() {
        return browser.eval("document.getElementById('soon').getBoundingClientRect().height")
                .asDouble();
    }

    @Test
    void thePhotoGivesWayToPreviewsAndTheseToTheClip() throws Exception {
        String busy = served.client
                .create(Map.of("steps", "500"), Client.photo())
                .json()
                .get("id")
                .asText();
        withSteps(400);
        make("to be looked at");
        browser.await("document.getElementById('preview').naturalWidth === 150");
        assertEquals("Your photo", browser.eval("preview.alt").asText());
        double before = boxHeight();
        assertTrue(before > 100, before + " pixels");
        served.client.delete("/v1/videos/" + busy);
        browser.await("preview.src.includes('variant=preview&of=base-') && preview.naturalWidth === 2");
        assertTrue(browser.eval("preview.alt").asText().startsWith("Preview: "), "its words for who does not see it");
        assertEquals(before, boxHeight(), 1, "the page moved");
        awaitClip("to be looked at");
        assertTrue(browser.eval("document.getElementById('soon').hidden").asBoolean());
        assertEquals("ended at true", playedToItsEnd());
    }

    @Test
    void whoWantsLittleMotionSeesStillPreviews() throws Exception {
        browser.call(
                "Emulation.setEmulatedMedia",
                "features",
                List.of(Map.of("name", "prefers-reduced-motion", "value", "reduce")));
        withSteps(400);
        make("to be looked at in peace");
        browser.await("preview.src.includes('variant=preview_still&of=base-') && preview.naturalWidth === 2");
        browser.click("cancel");
        browser.await("document.getElementById('status').textContent === 'Cancelled.'");
    }

    @Test
    void severalModelsCanBeChosenFromAndOneIsNotOffered() throws Exception {
        assertTrue(browser.eval("document.getElementById('models').hidden").asBoolean());
        try (OpenModels models = new OpenModels(
                        List.of(SmallModel.withPreviews(), SmallModel.other()),
                        OpenOptions.defaults().withThreads(1));
                VideoServer server = VideoServer.start(
                        models.all(), ServedModel.options(Files.createTempDirectory(folder, "clips")))) {
            browser.go(server.address());
            browser.await("document.getElementById('size').options.length > 0");
            assertEquals(
                    "small,other",
                    browser.eval("[...document.getElementById('modelname').options].map(o => o.value).join()")
                            .asText());
            assertEquals(
                    "5", browser.eval("document.getElementById('frames').value").asText());
            browser.eval("(() => { const m = document.getElementById('modelname'); m.value = 'other';"
                    + " m.dispatchEvent(new Event('change')); })()");
            assertEquals(
                    "9", browser.eval("document.getElementById('frames').value").asText());
            assertEquals(
                    1,
                    browser.eval("document.querySelectorAll('#size option[value=\"128x128\"]').length")
                            .asInt());
            make("of the other model");
            awaitClip("of the other model");
            assertEquals(
                    "other",
                    new Client(server.address())
                            .get("/v1/videos")
                            .json()
                            .at("/data/0/model")
                            .asText());
        }
    }

    @Test
    void aWaitingClipShowsItsPlaceAndIsCancelled() throws Exception {
        String busy = served.client
                .create(Map.of("steps", "500"), Client.photo())
                .json()
                .get("id")
                .asText();
        served.client.create(Map.of("steps", "500"), Client.photo());
        make("to be cancelled");
        browser.await("document.getElementById('status').textContent.includes('number 2 in the queue')");
        served.client.delete("/v1/videos/" + busy);
        browser.await("document.getElementById('status').textContent.includes('next in the queue')");
        browser.click("cancel");
        browser.await("document.getElementById('status').textContent === 'Cancelled.'");
        served.client
                .get("/v1/videos")
                .json()
                .get("data")
                .forEach(clip ->
                        served.client.delete("/v1/videos/" + clip.get("id").asText()));
    }

    @Test
    void aFileThatIsNoPictureIsToldAtOnce() throws Exception {
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        browser.choose("photo", text);
        browser.await("!document.getElementById('error').hidden");
        assertEquals("This file is no picture that the browser can read.", text("error"));
        assertTrue(browser.eval("document.getElementById('make').disabled").asBoolean());
    }

    @Test
    void anErrorOfTheServerIsShown() throws Exception {
        browser.choose("photo", photo);
        browser.await("!document.getElementById('make').disabled");
        browser.eval("(() => { const o = document.createElement('option'); o.value = '4'; o.selected = true;"
                + " document.getElementById('frames').append(o); })()");
        browser.click("make");
        browser.await("!document.getElementById('error').hidden");
        assertTrue(text("error").contains("frames must be 1 + 4k"), text("error"));
    }

    @Test
    void markupInAPromptIsShownAsText() throws Exception {
        String prompt = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>";
        make(prompt);
        awaitClip("onerror");
        browser.await("document.querySelector('#history .words')");
        assertEquals(
                prompt,
                browser.eval("document.querySelector('#history .words').textContent")
                        .asText());
        assertEquals("undefined", browser.eval("typeof window.hacked").asText());
    }

    @Test
    void aDropAndAPasteAreTaken() throws Exception {
        String file =
                "(async () => { const c = new OffscreenCanvas(300, 200); c.getContext('2d').fillRect(0, 0, 10, 10);"
                        + " const d = new DataTransfer(); d.items.add(new File([await c.convertToBlob()], 'x.png', {type: 'image/png'}));"
                        + " return d; })()";
        browser.eval(file + ".then(d => document.getElementById('drop').dispatchEvent(new DragEvent('drop',"
                + " {dataTransfer: d, bubbles: true, cancelable: true})))");
        browser.await("!document.getElementById('crop').hidden");
        assertTrue(text("cropnote").contains("33 %"), text("cropnote"));
        openPage();
        browser.eval(file + ".then(d => document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d})))");
        browser.await("!document.getElementById('crop').hidden");
    }

    @Test
    void theKeyboardReachesEverythingInOrder() throws Exception {
        make("by keyboard");
        awaitClip("by keyboard");
        openPage();
        List<String> reached = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            browser.press("Tab");
            reached.add(browser.eval("document.activeElement.id || document.activeElement.className")
                    .asText());
        }
        assertEquals(List.of("photo", "prompt", "size", "frames", "seed", "open", "delete"), reached.subList(0, 7));
    }

    @Test
    void narrowAndDarkLayoutsHold() throws Exception {
        make("a rather long prompt " + "withaverylongwordthatdoesnotbreak".repeat(5));
        awaitClip("a rather long prompt");
        String light =
                browser.eval("getComputedStyle(document.body).backgroundColor").asText();
        for (int width : new int[] {320, 360, 768, 1400}) {
            for (String colours : List.of("light", "dark")) {
                browser.view(width, 740, colours);
                assertTrue(
                        browser.eval("document.documentElement.scrollWidth").asInt() <= width, "too wide at " + width);
                double contrast = browser.eval(
                                "(() => { const lum = c => { const [r, g, b] = c.match(/\\d+/g).map(v => {"
                                        + " v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });"
                                        + " return 0.2126 * r + 0.7152 * g + 0.0722 * b; };"
                                        + " return Math.min(...['model', 'make', 'prompt', 'status', 'error'].map(id => {"
                                        + " let e = document.getElementById(id); const ink = lum(getComputedStyle(e).color);"
                                        + " let ground = 'rgba(0, 0, 0, 0)'; while (ground === 'rgba(0, 0, 0, 0)') {"
                                        + " ground = getComputedStyle(e).backgroundColor; e = e.parentElement; }"
                                        + " const l = lum(ground); return (Math.max(ink, l) + 0.05) / (Math.min(ink, l) + 0.05); })); })()")
                        .asDouble();
                assertTrue(contrast >= 4.5, "contrast " + contrast + " in " + colours);
            }
        }
        assertNotEquals(
                light,
                browser.eval("getComputedStyle(document.body).backgroundColor").asText());
    }

    @Test
    void aClipOfTheHistoryIsShownAgainAndDeleted() throws Exception {
        make("to be kept");
        awaitClip("to be kept");
        openPage();
        browser.await("document.querySelector('#history .open')");
        browser.eval("document.querySelector('#history .open').click()");
        awaitClip("to be kept");
        int before =
                browser.eval("document.querySelectorAll('#history li').length").asInt();
        browser.eval("document.querySelector('#history .delete').click()");
        browser.await("document.querySelectorAll('#history li').length === " + (before - 1));
        assertTrue(browser.eval("document.getElementById('stage').hidden").asBoolean());
    }
}
