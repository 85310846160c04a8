package io.fsvideo.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Which method and path is answered by what. A path's {@code {id}} stands for one segment. */
final class Routes {
    /** Answers a request; throws an {@link ApiException}, or sees to the callback's end. */
    interface Answer {
        void give(Request request, Response response, Callback callback, String id) throws Exception;
    }

    private record Route(String method, String path, Answer answer) {
        /** The segment at {@code {id}}, empty when there is none; null when the path is another. */
        String match(String asked) {
            int at = path.indexOf("{id}");
            if (at < 0) {
                return asked.equals(path) ? "" : null;
            }
            String before = path.substring(0, at);
            String after = path.substring(at + "{id}".length());
            if (!asked.startsWith(before)
                    || !asked.endsWith(after)
                    || asked.length() <= before.length() + after.length()) {
                return null;
            }
            String id = asked.substring(before.length(), asked.length() - after.length());
            return id.contains("/") ? null : id;
        }
    }

    private final List<Route> routes = new ArrayList<>();

    Routes add(String method, String path, Answer answer) {
        routes.add(new Route(method, path, answer));
        return this;
    }

    /** {@code METHOD path} of every route. */
    Set<String> all() {
        Set<String> all = new TreeSet<>();
        routes.forEach(route -> all.add(route.method + " " + route.path));
        return all;
    }

    void answer(Request request, Response response, Callback callback) throws Exception {
        String path = request.getHttpURI().getDecodedPath();
        String method = request.getMethod().equals("HEAD") ? "GET" : request.getMethod();
        Set<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            String id = path == null ? null : route.match(path);
            if (id != null && route.method.equals(method)) {
                route.answer.give(request, response, callback, id);
                return;
            }
            if (id != null) {
                allowed.add(route.method);
            }
        }
        if (allowed.isEmpty()) {
            throw ApiException.notFound();
        }
        response.getHeaders().put("Allow", String.join(", ", allowed));
        throw new ApiException(405, "method_not_allowed", "the method must be one of " + allowed);
    }
}
