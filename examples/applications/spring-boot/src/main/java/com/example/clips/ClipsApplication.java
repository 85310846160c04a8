package com.example.clips;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.micrometer.FsVideoMetrics;
import io.fsvideo.tensor.FsVideoException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** The model, its metrics and its health; when the application ends, closing the model stops the job that runs at its next step. */
@SpringBootApplication
public class ClipsApplication {
    public static void main(String[] args) {
        SpringApplication.run(ClipsApplication.class, args);
    }

    @Bean(destroyMethod = "close")
    FsVideo fsVideo(@Value("${clips.model}") Path model, MeterRegistry registry) {
        FsVideoMetrics metrics = new FsVideoMetrics(registry, Tags.empty());
        FsVideo fs = FsVideo.open(model, OpenOptions.defaults().withJobObserver(metrics));
        metrics.watch(fs);
        return fs;
    }

    @Bean
    HealthIndicator clips(FsVideo fs) {
        return () -> {
            FsVideo.Health health = fs.health();
            return (health.takesRequests() ? Health.up() : Health.outOfService())
                    .withDetail("waiting", health.waiting())
                    .withDetail("bytesInUse", health.bytesInUse())
                    .build();
        };
    }

    @RestControllerAdvice
    static class Errors {
        @ExceptionHandler
        ProblemDetail say(FsVideoException e) {
            int status = switch (e.category()) {
                case BAD_REQUEST -> 400;
                case CANCELLED -> 409;
                case BUSY -> 429;
                case NO_RESOURCES -> 503;
                case BROKEN_MODEL, DEFECT -> 500;
            };
            ProblemDetail problem = ProblemDetail.forStatus(status);
            problem.setDetail(e.getMessage());
            return problem;
        }
    }
}
