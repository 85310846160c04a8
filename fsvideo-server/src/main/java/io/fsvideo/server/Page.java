package io.fsvideo.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Files that come with the server. */
enum Page {
    HOME("page/page.html", "text/html; charset=utf-8"),
    SCRIPT("page/page.js", "text/javascript; charset=utf-8"),
    STYLE("page/page.css", "text/css; charset=utf-8"),
    OPENAPI("openapi.json", "application/json");

    private final String file;
    private final String type;

    Page(String file, String type) {
        this.file = file;
        this.type = type;
    }

    byte[] bytes() throws IOException {
        try (InputStream in = Page.class.getResourceAsStream(file)) {
            return in.readAllBytes();
        }
    }

    void send(Response response, Callback callback) throws IOException {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.write(true, ByteBuffer.wrap(bytes()), callback);
    }

    /** Prompts to try, and what to expect, for the models that the server knows; empty for others. */
    static ObjectNode about(String model) {
        if (!model.matches("[a-z0-9-]+")) {
            return Json.object();
        }
        try (InputStream in = Page.class.getResourceAsStream("page/about-" + model + ".json")) {
            return in == null ? Json.object() : Json.read(in.readAllBytes());
        } catch (IOException e) {
            throw new IllegalStateException("about-" + model + ".json must be readable", e);
        }
    }
}
