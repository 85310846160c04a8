package io.fsvideo.server;

import io.fsvideo.RequestException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How to serve. Every limit is there to be hit by someone else than the owner of the machine.
 *
 * @param host name or address to listen on
 * @param port to listen on; 0 for any free one
 * @param token that every request must carry, or null for none; must be given unless {@code host} is a loopback address
 * @param folder where finished clips are kept
 * @param maxUploadBytes of one request's body
 * @param maxPixels of a picture, decoded
 * @param maxClipPixels frames times height times width of a clip
 * @param maxSteps of the base model
 * @param maxDiskBytes that finished clips may take; new jobs are refused beyond
 * @param maxAge after which a finished clip is removed
 * @param maxConnections at once; further ones wait
 * @param patience for a request to arrive whole, head and body
 * @param heartbeat between signs of life in a stream of events
 * @since 0.1
 */
public record ServerOptions(
        String host,
        int port,
        String token,
        Path folder,
        int maxUploadBytes,
        int maxPixels,
        long maxClipPixels,
        int maxSteps,
        long maxDiskBytes,
        Duration maxAge,
        int maxConnections,
        Duration patience,
        Duration heartbeat) {
    /** @throws RequestException when the server would listen to other machines without a token */
    public ServerOptions {
        if (token == null && !isLoopback(host)) {
            throw new RequestException(
                    "serve: token must be given when other machines can reach the server, got none for" + " host "
                            + host + "; give one, or listen on 127.0.0.1");
        }
        if (token != null && !token.matches("[A-Za-z0-9_-]{16,200}")) {
            throw new RequestException(
                    "serve: token must be 16 to 200 letters, digits, - or _, got " + token.length() + " characters");
        }
        if (port < 0 || port > 65535 || maxUploadBytes < 1024 || maxUploadBytes > 1 << 28) {
            throw new RequestException("serve: port must be within 0..65535 and the upload within 1 KiB..256 MiB, got "
                    + port + " and " + maxUploadBytes + " bytes");
        }
    }

    /** Returns the options for this machine alone, without a token. */
    public static ServerOptions local(int port, Path folder) {
        return new ServerOptions(
                "127.0.0.1",
                port,
                null,
                folder,
                20 << 20,
                50_000_000,
                200_000_000L,
                200,
                2L << 30,
                Duration.ofDays(30),
                256,
                Duration.ofSeconds(30),
                Duration.ofSeconds(15));
    }

    /** Tells whether only this machine can reach {@code host}. */
    public static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new RequestException("serve: host must be a name or an address of this machine, got " + host);
        }
    }
}
