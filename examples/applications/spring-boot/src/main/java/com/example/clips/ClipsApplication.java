package com.example.clips;

import io.fsvideo.FsVideo;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Opens the model once; when the application ends, closing it stops the job that runs at its next step. */
@SpringBootApplication
public class ClipsApplication {
    public static void main(String[] args) {
        SpringApplication.run(ClipsApplication.class, args);
    }

    @Bean(destroyMethod = "close")
    FsVideo fsVideo(@Value("${clips.model}") Path model) {
        return FsVideo.open(model);
    }
}
