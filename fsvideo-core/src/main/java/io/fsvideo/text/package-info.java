/**
 * Prompt to token ids: Wan's text cleaning and a {@code tokenizer.json} read with the Hugging Face tokenizers library (an optional
 * dependency). Depends on the exceptions of {@code io.fsvideo.tensor}.
 */
package io.fsvideo.text;
