/** What a researcher adds from outside: a layer memory, a solver and a model family, each in few files and found by its name. */
package io.fsvideo.examples.extend;
