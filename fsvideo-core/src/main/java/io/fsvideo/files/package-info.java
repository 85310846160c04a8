/** Temporary files and folders. Depends on the JDK alone. */
package io.fsvideo.files;
