package io.fsvideo.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Prompt to token ids with a Hugging Face {@code tokenizer.json}, offline. The prompt is cleaned as Wan2.1 does, the tokenizer's own
 * post-processor adds the end token, and longer prompts are cut so that the end token stays last. Thread-safe.
 *
 * <p>Needs {@code ai.djl.huggingface:tokenizers} on the class path; its native library is unpacked once to {@code ~/.djl.ai}, or to a
 * temporary folder per process when the home folder cannot be written.
 */
public final class Tokenizer implements AutoCloseable {
    private static final String ARTIFACT = "ai.djl.huggingface:tokenizers:0.38.0";

    private final Path file;
    private final HuggingFaceTokenizer tokenizer;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    private Tokenizer(Path file, HuggingFaceTokenizer tokenizer) {
        this.file = file;
        this.tokenizer = tokenizer;
    }

    /**
     * Reads a {@code tokenizer.json}.
     *
     * @param maxLength most ids of a prompt, end token included; 512 for umT5
     * @throws TokenizerException when the file is missing or not a tokenizer, or the native library is missing
     */
    public static Tokenizer open(Path file, int maxLength) {
        if (maxLength < 1) {
            throw new TokenizerException("tokenizer: maxLength must be >= 1, got " + maxLength);
        }
        if (!Files.isRegularFile(file)) {
            throw new TokenizerException("tokenizer: file must be a tokenizer.json, got " + file + " (no such file)");
        }
        try {
            return new Tokenizer(file, HuggingFace.open(file, maxLength));
        } catch (LinkageError e) {
            throw e.getCause() instanceof ClassNotFoundException ? missingArtifact(e) : unusableLibrary(e);
        } catch (IOException e) {
            throw new TokenizerException("tokenizer: file must be readable, got " + file + ": " + e, e);
        } catch (RuntimeException e) {
            throw isEngineFailure(e) ? unusableLibrary(e) : notTokenizer(file, e);
        }
    }

    private static boolean isEngineFailure(RuntimeException e) {
        return e.getClass().getSimpleName().equals("EngineException");
    }

    private static TokenizerException missingArtifact(LinkageError e) {
        return new TokenizerException(
                "tokenizer: class path must have " + ARTIFACT + ", got no class " + e.getMessage()
                        + "; add it as a dependency",
                e);
    }

    private static TokenizerException unusableLibrary(Throwable e) {
        return new TokenizerException(
                "tokenizer: native library of " + ARTIFACT + " must load on " + System.getProperty("os.name") + " "
                        + System.getProperty("os.arch") + ", got " + e
                        + "; it needs a writable home or temporary folder",
                e);
    }

    private static TokenizerException notTokenizer(Path file, RuntimeException e) {
        return new TokenizerException(
                "tokenizer: file must be a tokenizer.json, got " + file + ": " + e.getMessage(), e);
    }

    /**
     * The ids of a prompt, end token last, without padding.
     *
     * @param prompt any text; an empty one gives the end token only
     * @return {@code [tokens]}, at most maxLength of them
     * @throws TokenizerException when closed
     */
    public int[] encode(String prompt) {
        String text = PromptText.clean(prompt);
        lock.readLock().lock();
        try {
            if (closed) {
                throw new TokenizerException("tokenizer: must be open, got a closed one of " + file);
            }
            return Arrays.stream(tokenizer.encode(text).getIds())
                    .mapToInt(Math::toIntExact)
                    .toArray();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Frees the native tokenizer; closing twice is harmless. */
    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                tokenizer.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
