package io.fsvideo.server;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpCookie;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * Who may ask. Without a token only pages and programs that name this machine by a loopback name, so that a foreign name that points here
 * does not get in; with one, whoever carries it. Nothing is changed on behalf of a page of another site.
 */
final class Guard {
    static final String COOKIE = "fsvideo_token";
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Set<String> SAFE = Set.of("GET", "HEAD");

    private final String token;

    Guard(String token) {
        this.token = token;
    }

    /** Headers of every answer: nothing of it runs as a script, stands in a frame, or is read by another site. */
    static void secure(HttpFields.Mutable headers) {
        headers.put(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                        + " media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Referrer-Policy", "no-referrer");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        headers.put("Cross-Origin-Opener-Policy", "same-origin");
    }

    /** @throws ApiException when the request may not be answered */
    void require(Request request) {
        requireKnownHost(request);
        requireOwnSite(request);
        if (token != null && !isPublic(request) && !carriesToken(request) && !signsIn(request)) {
            throw new ApiException(
                    401,
                    "unauthorized",
                    "the token must be given: as Authorization: Bearer TOKEN, or by"
                            + " opening the address that the server printed");
        }
    }

    /** Load balancers have no token and ask here; it says nothing of the clips. */
    private static boolean isPublic(Request request) {
        return request.getHttpURI().getPath().equals("/health");
    }

    /** Opens the page with the token in its address. */
    private boolean signsIn(Request request) {
        return request.getHttpURI().getPath().equals("/")
                && isToken(Request.extractQueryParameters(request).getValue("token"));
    }

    private void requireKnownHost(Request request) {
        String host = Request.getServerName(request);
        if (token == null && (host == null || !LOCAL.contains(host.toLowerCase(Locale.ROOT)))) {
            throw new ApiException(421, "unknown_host", "the host must be localhost, 127.0.0.1 or [::1]");
        }
    }

    private static void requireOwnSite(Request request) {
        if (SAFE.contains(request.getMethod())) {
            return;
        }
        String site = request.getHeaders().get("Sec-Fetch-Site");
        boolean isForeign = site != null && !site.equals("same-origin") && !site.equals("none");
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        if (isForeign || origin != null && !isOwn(origin, request)) {
            throw new ApiException(403, "foreign_site", "a page of another site must not change anything here");
        }
    }

    private static boolean isOwn(String origin, Request request) {
        try {
            URI uri = URI.create(origin);
            String host = request.getHeaders().get(HttpHeader.HOST);
            return host != null
                    && uri.getAuthority() != null
                    && uri.getAuthority().equalsIgnoreCase(host);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private boolean carriesToken(Request request) {
        HttpField header = request.getHeaders().getField(HttpHeader.AUTHORIZATION);
        if (header != null && header.getValue() != null && header.getValue().startsWith("Bearer ")) {
            return isToken(header.getValue().substring("Bearer ".length()));
        }
        return Request.getCookies(request).stream()
                .anyMatch(cookie -> cookie.getName().equals(COOKIE) && isToken(cookie.getValue()));
    }

    /** Takes the same time wherever the two differ. */
    boolean isToken(String given) {
        return token != null
                && given != null
                && MessageDigest.isEqual(
                        token.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    /** Lets the browser carry the token, which scripts and other sites do not get to see. */
    void signIn(Response response) {
        Response.addCookie(
                response,
                HttpCookie.build(COOKIE, token)
                        .httpOnly(true)
                        .path("/")
                        .sameSite(HttpCookie.SameSite.STRICT)
                        .build());
    }
}
