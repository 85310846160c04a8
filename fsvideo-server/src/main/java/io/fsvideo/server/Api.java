package io.fsvideo.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.FsVideo;
import io.fsvideo.ModelInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that is answered. Paths and fields follow the published interface for videos; {@code openapi.json} describes them. */
final class Api extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(Api.class);
    /** Bodies that are read at the same time: each may be as long as an upload. */
    private static final int UPLOADS = 8;

    private static final int PAGE_MOST = 100;
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    private final Models models;
    private final ServerOptions options;
    private final Clips clips;
    private final Metrics metrics;
    private final Guard guard;
    private final Semaphore uploads = new Semaphore(UPLOADS);
    private final Routes routes;

    Api(Models models, ServerOptions options, Clips clips, Metrics metrics) {
        this.models = models;
        this.options = options;
        this.clips = clips;
        this.metrics = metrics;
        this.guard = new Guard(options.token());
        this.routes = new Routes()
                .add("POST", "/v1/videos", (request, response, callback, id) -> create(request, response, callback))
                .add("GET", "/v1/videos", (request, response, callback, id) -> list(request, response, callback))
                .add(
                        "GET",
                        "/v1/videos/{id}",
                        (request, response, callback, id) ->
                                send(response, callback, 200, clips.get(id).json()))
                .add("DELETE", "/v1/videos/{id}", (request, response, callback, id) -> delete(response, callback, id))
                .add(
                        "POST",
                        "/v1/videos/{id}/cancel",
                        (request, response, callback, id) -> cancel(response, callback, id))
                .add(
                        "GET",
                        "/v1/videos/{id}/events",
                        (request, response, callback, id) -> watch(response, callback, id))
                .add("GET", "/v1/videos/{id}/content", this::content)
                .add("GET", "/v1/models", (request, response, callback, id) -> models(response, callback))
                .add("GET", "/v1/models/{id}", (request, response, callback, id) -> model(response, callback, id))
                .add("GET", "/health", (request, response, callback, id) -> health(response, callback))
                .add("GET", "/metrics", (request, response, callback, id) -> metrics(response, callback))
                .add("GET", "/openapi.json", (request, response, callback, id) -> Page.OPENAPI.send(response, callback))
                .add("GET", "/", (request, response, callback, id) -> home(request, response, callback))
                .add("GET", "/page.js", (request, response, callback, id) -> Page.SCRIPT.send(response, callback))
                .add("GET", "/page.css", (request, response, callback, id) -> Page.STYLE.send(response, callback));
    }

    Set<String> routes() {
        return routes.all();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Guard.secure(response.getHeaders());
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        Callback counted = Callback.from(callback, () -> metrics.answered(response.getStatus()));
        try {
            guard.require(request);
            routes.answer(request, response, counted);
        } catch (Exception e) {
            refuse(request, response, counted, e);
        }
        return true;
    }

    /** Answers an error before the body was read. */
    private void refuse(Request request, Response response, Callback callback, Exception failure) {
        if (request.getMethod().equals("POST")) {
            long most = 4L * options.maxUploadBytes();
            Runnable answer = () -> sendError(request, response, callback, failure);
            if (request.getLength() <= most) {
                UnreadBody.discard(request, most, options.patience(), answer);
                return;
            }
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        sendError(request, response, callback, failure);
    }

    private void sendError(Request request, Response response, Callback callback, Throwable failure) {
        ApiException known;
        if (failure instanceof ApiException api) {
            known = api;
        } else {
            LOG.error(
                    "A request met a defect: {} {}",
                    request.getMethod(),
                    request.getHttpURI().getPath(),
                    failure);
            known = new ApiException(500, "internal", "the server has a defect; its log says more");
        }
        if (response.isCommitted()) {
            callback.failed(failure);
            return;
        }
        if (known.status() == 429 || known.status() == 503) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, "5");
        }
        if (known.status() == 401) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
        }
        send(response, callback, known.status(), error(known.status(), known.code(), known.getMessage()));
    }

    static ObjectNode error(int status, String code, String message) {
        ObjectNode error = Json.object();
        error.put("message", message);
        error.put("type", status < 500 ? "invalid_request_error" : "server_error");
        error.put("code", code);
        return (ObjectNode) Json.object().set("error", error);
    }

    private static void send(Response response, Callback callback, int status, ObjectNode json) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(Json.bytes(json)), callback);
    }

    private void create(Request request, Response response, Callback callback) {
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        String kind = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        String boundary = kind.equals("multipart/form-data") ? MultiPart.extractBoundary(type) : null;
        if (!kind.equals("application/json") && boundary == null) {
            throw new ApiException(
                    415, "unsupported_media_type", "the body must be application/json or multipart/form-data");
        }
        ApiException tooLong =
                new ApiException(413, "too_large", "the body must have at most " + options.maxUploadBytes() + " bytes");
        if (request.getLength() > options.maxUploadBytes()) {
            throw tooLong;
        }
        if (!uploads.tryAcquire()) {
            throw new ApiException(429, "busy", "as many uploads are under way as may; try again in a while");
        }
        Content.Source.asByteArrayAsync(request, options.maxUploadBytes())
                .orTimeout(options.patience().toMillis(), TimeUnit.MILLISECONDS)
                .handle((body, failure) -> {
                    try {
                        if (failure != null) {
                            throw brokenBody(failure, tooLong);
                        }
                        NewVideo fields = boundary == null ? NewVideo.ofJson(body) : NewVideo.ofForm(body, boundary);
                        send(response, callback, 200, clips.create(fields).json());
                    } catch (Exception | Error e) {
                        // Here nobody else would answer, not even when memory has run out.
                        if (failure != null) {
                            response.getHeaders().put(HttpHeader.CONNECTION, "close");
                        }
                        sendError(request, response, callback, e);
                    } finally {
                        uploads.release();
                    }
                    return null;
                });
    }

    private static ApiException brokenBody(Throwable failure, ApiException tooLong) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof TimeoutException) {
            return new ApiException(408, "too_slow", "the body did not arrive in time");
        }
        return cause instanceof IllegalStateException
                ? tooLong
                : new ApiException(400, "broken_body", "the body did not arrive whole");
    }

    /** Newest first unless asked otherwise, a part at a time. */
    private void list(Request request, Response response, Callback callback) {
        Fields query = Request.extractQueryParameters(request);
        List<Clip> all = new ArrayList<>(clips.clips());
        if (!"asc".equals(query.getValue("order"))) {
            Collections.reverse(all);
        }
        String after = query.getValue("after");
        int from = 0;
        for (int i = 0; i < all.size() && after != null; i++) {
            if (all.get(i).id().equals(after)) {
                from = i + 1;
            }
        }
        int to = Math.min(all.size(), from + limit(query.getValue("limit")));
        ObjectNode json = Json.object().put("object", "list");
        ArrayNode data = json.putArray("data");
        all.subList(from, to).forEach(clip -> data.add(clip.json()));
        json.put("first_id", from < to ? all.get(from).id() : null);
        json.put("last_id", from < to ? all.get(to - 1).id() : null);
        json.put("has_more", to < all.size());
        send(response, callback, 200, json);
    }

    private static int limit(String text) {
        if (text == null) {
            return 20;
        }
        if (!text.matches("[1-9][0-9]{0,2}") || Integer.parseInt(text) > PAGE_MOST) {
            throw NewVideo.bad("invalid_value", "limit must be within 1.." + PAGE_MOST);
        }
        return Integer.parseInt(text);
    }

    private void delete(Response response, Callback callback, String id) {
        clips.delete(clips.get(id));
        send(
                response,
                callback,
                200,
                Json.object().put("id", id).put("object", "video.deleted").put("deleted", true));
    }

    private void cancel(Response response, Callback callback, String id) {
        Clip clip = clips.get(id);
        clip.cancel();
        send(response, callback, 200, clip.json());
    }

    private void watch(Response response, Callback callback, String id) {
        Clip clip = clips.get(id);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
        String event = switch (clip.status()) {
            case QUEUED -> "queued";
            case IN_PROGRESS -> "progress";
            case COMPLETED -> "done";
            case FAILED -> "failed";
        };
        if (clip.isEnded()) {
            clip.watchers().end(event, clip.json());
        }
        clip.watchers().add(response, callback, event, clip.json());
    }

    private void content(Request request, Response response, Callback callback, String id) throws IOException {
        Clip clip = clips.get(id);
        Fields query = Request.extractQueryParameters(request);
        String variant = query.getValue("variant") == null ? "video" : query.getValue("variant");
        String file;
        String type;
        switch (variant) {
            case "preview" -> {
                sendBytes(
                        request, response, callback, "image/gif", clip.preview().animation());
                return;
            }
            case "preview_still" -> {
                sendBytes(
                        request, response, callback, "image/png", clip.preview().still());
                return;
            }
            case "video" -> {
                file = ClipFolder.VIDEO;
                type = "video/mp4";
            }
            case "gif" -> {
                file = ClipFolder.ANIMATION;
                type = "image/gif";
            }
            case "photo" -> {
                file = ClipFolder.PHOTO;
                type = "image/jpeg";
            }
            default ->
                throw NewVideo.bad("invalid_value", "variant must be video, gif, photo, preview or preview_still");
        }
        if (!variant.equals("photo") && clip.status() != Clip.Status.COMPLETED) {
            throw new ApiException(
                    409,
                    "not_ready",
                    "the video must be completed, it is " + clip.status().word());
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "private, max-age=3600");
        if (query.getValue("download") != null) {
            String ending = file.substring(file.lastIndexOf('.'));
            response.getHeaders().put("Content-Disposition", "attachment; filename=\"" + id + ending + "\"");
        }
        sendFile(request, response, callback, clips.folder().file(id, file));
    }

    private static void sendBytes(Request request, Response response, Callback callback, String type, byte[] bytes) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
        response.write(true, request.getMethod().equals("HEAD") ? null : ByteBuffer.wrap(bytes), callback);
    }

    private static void sendFile(Request request, Response response, Callback callback, Path file) throws IOException {
        long size;
        try {
            size = Files.size(file);
        } catch (NoSuchFileException e) {
            throw new ApiException(404, "no_such_variant", "this video has no such variant; long clips have no GIF");
        }
        response.getHeaders().put(HttpHeader.ACCEPT_RANGES, "bytes");
        String range = request.getHeaders().get(HttpHeader.RANGE);
        Matcher match = RANGE.matcher(range == null ? "" : range.strip());
        long from = 0;
        long to = size;
        // As the standard says, a range that is not understood, such as several, gets the whole.
        if (match.matches() && !match.group(1).isEmpty()) {
            from = Long.parseLong(match.group(1));
            to = match.group(2).isEmpty() ? size : Math.min(size, Long.parseLong(match.group(2)) + 1);
        } else if (match.matches() && !match.group(2).isEmpty()) {
            from = Math.max(0, size - Long.parseLong(match.group(2)));
        }
        boolean isRange =
                match.matches() && !(match.group(1).isEmpty() && match.group(2).isEmpty());
        if (isRange && from >= to) {
            response.getHeaders().put(HttpHeader.CONTENT_RANGE, "bytes */" + size);
            throw new ApiException(416, "no_such_range", "the range must lie within the file's " + size + " bytes");
        }
        if (isRange) {
            response.setStatus(206);
            response.getHeaders().put(HttpHeader.CONTENT_RANGE, "bytes " + from + "-" + (to - 1) + "/" + size);
        }
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, to - from);
        if (request.getMethod().equals("HEAD")) {
            response.write(true, null, callback);
        } else {
            Content.copy(Content.Source.from(file, from, to - from), response, callback);
        }
    }

    private ObjectNode described(FsVideo model) {
        ModelInfo info = model.model();
        ObjectNode json =
                Json.object().put("id", info.name()).put("object", "model").put("owned_by", "local");
        json.put("description", model.description());
        json.put("frames", info.frames());
        json.put("fps", info.framesPerSecond());
        json.put("size", info.width() + "x" + info.height());
        json.put("steps", info.steps());
        json.put("size_step", info.sizeStep());
        json.put("first_frames", info.firstFrames());
        json.put("frame_step", info.frameStep());
        json.put("takes_image", info.takesImage());
        json.put("has_previews", info.hasPreviews());
        json.put("max_upload_bytes", options.maxUploadBytes());
        json.put("max_clip_pixels", options.maxClipPixels());
        json.setAll(Page.about(info.name()));
        return json;
    }

    private void models(Response response, Callback callback) {
        ObjectNode json = Json.object().put("object", "list");
        ArrayNode data = json.putArray("data");
        models.all().forEach(model -> data.add(described(model)));
        send(response, callback, 200, json);
    }

    private void model(Response response, Callback callback, String id) {
        send(response, callback, 200, described(models.named(id)));
    }

    private void health(Response response, Callback callback) {
        send(response, callback, 200, Json.object().put("status", "ok"));
    }

    private void metrics(Response response, Callback callback) throws IOException {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
        byte[] text = metrics.text(models, clips).getBytes(StandardCharsets.UTF_8);
        response.write(true, ByteBuffer.wrap(text), callback);
    }

    /** The page; opened with the token in its address, it keeps that in a cookie and forgets the address. */
    private void home(Request request, Response response, Callback callback) throws IOException {
        if (guard.isToken(Request.extractQueryParameters(request).getValue("token"))) {
            guard.signIn(response);
            Response.sendRedirect(request, response, callback, 303, "/", true);
            return;
        }
        Page.HOME.send(response, callback);
    }
}
