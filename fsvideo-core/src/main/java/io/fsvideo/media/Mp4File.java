package io.fsvideo.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_flush;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.AVCHROMA_LOC_LEFT;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** One MP4 being written with FFmpeg's muxer and the OpenH264 encoder of its LGPL build. */
final class Mp4File implements AutoCloseable {
    /** Constant quantiser: the same quality for any content; 20 is visually close to lossless. */
    private static final int QUANTISER = 20;

    private static final int KEY_FRAME_SECONDS = 2;

    /** Keeps warnings about the fixed quantiser off standard error; errors still show. */
    private static final int QUIETER = 16;

    private final Video video;
    private final Yuv420 yuv;
    private final AVFormatContext format = new AVFormatContext(null);
    private AVIOContext io;
    private AVCodecContext encoder;
    private AVFrame frame;
    private AVPacket packet;

    Mp4File(Video video, Path file) throws IOException {
        this.video = video;
        this.yuv = new Yuv420(video.height(), video.width());
        try {
            check("allocating the muxer", avformat_alloc_output_context2(format, null, "mp4", null));
            io = new AVIOContext(null);
            try (BytePointer name = new BytePointer("file:" + file.toAbsolutePath(), StandardCharsets.UTF_8)) {
                check("opening the file", avio_open(io, name, AVIO_FLAG_WRITE));
            }
            format.pb(io);
            openEncoder();
            allocateFrame();
            packet = required("a packet", av_packet_alloc());
        } catch (IOException | RuntimeException | Error e) {
            release();
            throw e;
        }
    }

    void write() throws IOException {
        AVStream stream = required("a stream", avformat_new_stream(format, null));
        check("setting up the stream", avcodec_parameters_from_context(stream.codecpar(), encoder));
        stream.codecpar().codec_tag(0);
        stream.time_base(encoder.time_base());
        stream.avg_frame_rate(encoder.framerate());
        writeHeader();
        for (int i = 0; i < video.frames(); i++) {
            fill(i);
            check("encoding frame " + i, avcodec_send_frame(encoder, frame));
            writePackets(stream);
        }
        check("finishing the encoder", avcodec_send_frame(encoder, null));
        writePackets(stream);
        check("writing the index", av_write_trailer(format));
        avio_flush(io);
        check("writing", io.error());
        AVIOContext closing = io;
        io = null;
        format.pb(null);
        check("closing the file", avio_closep(closing));
    }

    @Override
    public void close() {
        release();
    }

    private void openEncoder() throws IOException {
        AVCodec codec = avcodec_find_encoder_by_name("libopenh264");
        if (codec == null) {
            throw new RefusedException(
                    "this FFmpeg build has no libopenh264 encoder; use org.bytedeco:ffmpeg:8.0.1-1.5.13");
        }
        encoder = required("an encoder", avcodec_alloc_context3(codec));
        encoder.width(video.width()).height(video.height()).pix_fmt(AV_PIX_FMT_YUV420P);
        encoder.time_base(rational(1, video.fps())).framerate(rational(video.fps(), 1));
        encoder.color_primaries(AVCOL_PRI_BT709).color_trc(AVCOL_TRC_BT709);
        encoder.colorspace(AVCOL_SPC_BT709).color_range(AVCOL_RANGE_MPEG);
        encoder.chroma_sample_location(AVCHROMA_LOC_LEFT);
        encoder.qmin(QUANTISER).qmax(QUANTISER).gop_size(KEY_FRAME_SECONDS * video.fps());
        // One thread, because more would cut the picture into slices and change the bits with the machine.
        encoder.thread_count(1).flags(encoder.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
        encoder.log_level_offset(QUIETER);
        AVDictionary options = new AVDictionary(null);
        check("choosing the profile", av_dict_set(options, "profile", "high", 0));
        try {
            check("opening the H.264 encoder", avcodec_open2(encoder, codec, options));
        } finally {
            av_dict_free(options);
        }
    }

    private void allocateFrame() throws IOException {
        frame = required("a frame", av_frame_alloc());
        frame.format(AV_PIX_FMT_YUV420P).width(video.width()).height(video.height());
        check("allocating a frame", av_frame_get_buffer(frame, 0));
    }

    private void writeHeader() throws IOException {
        String comment = MetadataJson.write(video.metadata());
        AVDictionary tags = new AVDictionary(null);
        check("adding metadata", av_dict_set(tags, "comment", comment, 0));
        format.metadata(tags); // owned and freed by the muxer from here
        // Room for the index in front, so that players start at once; 16 bytes a frame is what its tables take at most.
        long index = 4096 + comment.length() + 16L * video.frames();
        AVDictionary options = new AVDictionary(null);
        check("reserving the index", av_dict_set(options, "moov_size", Long.toString(index), 0));
        try {
            check("writing the header", avformat_write_header(format, options));
        } finally {
            av_dict_free(options);
        }
    }

    private void fill(int index) throws IOException {
        check("reusing the frame", av_frame_make_writable(frame));
        yuv.convert(video.pixels(index));
        plane(0, yuv.luma, video.width());
        plane(1, yuv.cb, video.width() / 2);
        plane(2, yuv.cr, video.width() / 2);
        frame.pts(index).duration(1);
    }

    private void plane(int plane, byte[] values, int width) {
        BytePointer out = frame.data(plane);
        for (int row = 0; row < values.length / width; row++) {
            out.position((long) row * frame.linesize(plane)).put(values, row * width, width);
        }
    }

    private void writePackets(AVStream stream) throws IOException {
        while (true) {
            int received = avcodec_receive_packet(encoder, packet);
            if (received == AVERROR_EAGAIN() || received == AVERROR_EOF) {
                return;
            }
            check("encoding", received);
            packet.duration(1).stream_index(stream.index());
            av_packet_rescale_ts(packet, encoder.time_base(), stream.time_base());
            check("writing", av_interleaved_write_frame(format, packet));
        }
    }

    private void release() {
        if (packet != null) {
            av_packet_free(packet);
            packet = null;
        }
        if (frame != null) {
            av_frame_free(frame);
            frame = null;
        }
        if (encoder != null) {
            avcodec_free_context(encoder);
            encoder = null;
        }
        if (io != null && !io.isNull()) {
            avio_closep(io); // a failed write has been reported already
        }
        io = null;
        if (!format.isNull()) {
            avformat_free_context(format);
            format.setNull();
        }
    }

    private static AVRational rational(int numerator, int denominator) {
        return new AVRational().num(numerator).den(denominator);
    }

    private static <T extends Pointer> T required(String what, T pointer) throws IOException {
        if (pointer == null || pointer.isNull()) {
            throw new IOException("FFmpeg has no memory for " + what);
        }
        return pointer;
    }

    private static void check(String what, int code) throws IOException {
        if (code < 0) {
            byte[] text = new byte[256];
            av_strerror(code, text, text.length);
            int end = 0;
            while (end < text.length && text[end] != 0) {
                end++;
            }
            throw new IOException(what + " failed: " + new String(text, 0, end, StandardCharsets.UTF_8));
        }
    }
}
