/**
 * Prompt to token ids: Wan's text cleaning and a {@code tokenizer.json} read as Hugging Face's tokenizers library does, in Java.
 * Depends on the exceptions of {@code io.fsvideo.tensor}.
 */
package io.fsvideo.text;
