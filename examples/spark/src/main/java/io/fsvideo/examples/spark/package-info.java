/** Videos of many pictures on an Apache Spark cluster, as an application would make them with the library. */
package io.fsvideo.examples.spark;
