package io.fsvideo.media;

import static org.bytedeco.ffmpeg.global.avcodec.*;
import static org.bytedeco.ffmpeg.global.avformat.*;
import static org.bytedeco.ffmpeg.global.avutil.*;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;

/** An MP4 read back with FFmpeg's decoder; colours converted here by BT.709's formulas, so swscale has no say. */
final class DecodedMp4 {
    final List<byte[]> frames = new ArrayList<>();
    final List<Long> times = new ArrayList<>();
    final int height;
    final int width;
    final double fps;
    final double timeBase;
    final String colours;
    final String comment;

    DecodedMp4(Path file) {
        AVFormatContext format = new AVFormatContext(null);
        check(avformat_open_input(format, file.toString(), null, null));
        check(avformat_find_stream_info(format, (AVDictionary) null));
        AVStream stream = format.streams(0);
        fps = av_q2d(stream.avg_frame_rate());
        timeBase = av_q2d(stream.time_base());
        comment = av_dict_get(format.metadata(), "comment", null, 0).value().getString();
        AVCodecContext decoder =
                avcodec_alloc_context3(avcodec_find_decoder(stream.codecpar().codec_id()));
        check(avcodec_parameters_to_context(decoder, stream.codecpar()));
        check(avcodec_open2(decoder, avcodec_find_decoder(stream.codecpar().codec_id()), (AVDictionary) null));
        height = decoder.height();
        width = decoder.width();
        AVPacket packet = av_packet_alloc();
        AVFrame frame = av_frame_alloc();
        String seen = "";
        while (av_read_frame(format, packet) >= 0) {
            check(avcodec_send_packet(decoder, packet));
            av_packet_unref(packet);
            seen = receive(decoder, frame, seen);
        }
        check(avcodec_send_packet(decoder, null));
        colours = receive(decoder, frame, seen);
        av_frame_free(frame);
        av_packet_free(packet);
        avcodec_free_context(decoder);
        avformat_close_input(format);
    }

    private String receive(AVCodecContext decoder, AVFrame frame, String seen) {
        String colours = seen;
        while (avcodec_receive_frame(decoder, frame) >= 0) {
            frames.add(rgb(frame));
            times.add(frame.pts());
            colours = name(av_get_pix_fmt_name(frame.format())) + " " + name(av_color_range_name(frame.color_range()))
                    + " " + name(av_color_primaries_name(frame.color_primaries())) + " "
                    + name(av_color_transfer_name(frame.color_trc())) + " "
                    + name(av_color_space_name(frame.colorspace()));
        }
        return colours;
    }

    private static String name(BytePointer text) {
        return text.getString();
    }

    private static byte[] rgb(AVFrame frame) {
        int width = frame.width();
        byte[] out = new byte[frame.height() * width * 3];
        byte[][] planes = new byte[3][];
        for (int plane = 0; plane < 3; plane++) {
            int rows = plane == 0 ? frame.height() : frame.height() / 2;
            planes[plane] = new byte[rows * frame.linesize(plane)];
            frame.data(plane).get(planes[plane]);
        }
        for (int i = 0; i < out.length / 3; i++) {
            int y = i / width;
            int x = i % width;
            double luma = ((planes[0][y * frame.linesize(0) + x] & 0xff) - 16) / 219.0;
            double cb = ((planes[1][y / 2 * frame.linesize(1) + x / 2] & 0xff) - 128) / 224.0;
            double cr = ((planes[2][y / 2 * frame.linesize(2) + x / 2] & 0xff) - 128) / 224.0;
            out[3 * i] = level(luma + 1.5748 * cr);
            out[3 * i + 1] = level(luma - 0.187324 * cb - 0.468124 * cr);
            out[3 * i + 2] = level(luma + 1.8556 * cb);
        }
        return out;
    }

    private static byte level(double value) {
        return (byte) Math.round(255 * Math.max(0, Math.min(1, value)));
    }

    private static void check(int code) {
        if (code < 0) {
            throw new AssertionError("FFmpeg returned " + code);
        }
    }
}
