#!/usr/bin/env bash
# bundle.sh [ARCHIVE]: makes an archive (default target/fsvideo-gpu-checks.tar.xz) that checks a GPU machine without Java:
# a stripped Java runtime, the library with its natives and kernel images, the tests every backend must pass, reference
# numbers, JMH with the benches, and run-gpu-checks, which runs them all. Needs a JDK with jlink, Maven, make, g++, xz, and nvcc for the images.
#   WITH_DEMO=1     the model models/demo too, beyond the limit of 60 MB
#   SKIP_BUILD=1    takes what target folders hold
set -euo pipefail
module=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(dirname "$module")
archive=$(realpath -m "${1:-$module/target/fsvideo-gpu-checks.tar.xz}")
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
work=$module/target/bundle
out=$work/fsvideo-gpu-checks
limit=$((60 * 1000 * 1000))

cd "$root"
if [[ -z ${SKIP_BUILD:-} ]]; then
    mvn -q -B -ntp -pl fsvideo-core,fsvideo-cli,fsvideo-kernels,fsvideo-cuda,fsvideo-bench package -DskipTests -Dmaven.javadoc.skip=true \
        -Dmaven.source.skip=true
fi
if ! compgen -G "fsvideo-kernels/target/classes/io/fsvideo/kernels/cuda/*.fatbin" >/dev/null; then
    echo "bundle: nvcc must be on the PATH when the kernels are built, found no kernel images" >&2
    exit 1
fi
rm -rf "$work"
mkdir -p "$out/lib" "$out/golden" "$out/rehearsal" "$out/models"

# Without java.desktop: the checks make their own pictures.
"$java_home/bin/jlink" --module-path "$java_home/jmods" --strip-debug --no-header-files --no-man-pages --output "$out/java" \
    --add-modules java.base,java.logging,java.management,java.xml,jdk.unsupported

copy_classes() { (cd "$1" && "$java_home/bin/jar" --create --no-compress --file "$out/lib/$2.jar" .); }
for name in fsvideo-core fsvideo-cli fsvideo-kernels fsvideo-cuda fsvideo-bench; do
    copy_classes "$name/target/classes" "$name"
done
cp -r fsvideo-core/target/test-classes "$work/tests"
cp -r "$work/tests/golden/." "$out/golden"
rm -rf "$work/tests/golden"
copy_classes "$work/tests" conformance-tests
(cd "$work/tests" && find io/fsvideo/conformance -name '*Test.class') | sed 's,/,.,g; s,\.class$,,' | sort >"$out/conformance"

# Jars are stored, not deflated, so that xz sees what is in them; parts that no check uses are left out.
unused() {
    case $1 in
        cuda-*-linux-*) echo org/bytedeco/cuda/linux-x86_64/libjni{cublas,cudnn,cuf,cupti,curand,cuso,cusp,npp,nv}* ;;
        jcuda-natives-*) echo lib/libJNv* ;;
        jcublas-natives-*) echo lib/libJCublas-* ;;
        dnnl-*-linux-*) echo org/bytedeco/dnnl/linux-x86_64/{include,lib} ;;
    esac
}
repack() {
    local jar=$1 name folder=$work/jar
    name=$(basename "$jar")
    rm -rf "$folder"
    mkdir "$folder"
    (
        cd "$folder"
        "$java_home/bin/jar" --extract --file "$jar"
        # Word splitting and globs are wanted here.
        # shellcheck disable=SC2046
        rm -rf $(unused "$name")
        if [[ -e META-INF/MANIFEST.MF ]]; then mv META-INF/MANIFEST.MF ../manifest; else : >../manifest; fi
        "$java_home/bin/jar" --create --no-compress --file "$out/lib/$name" --manifest ../manifest .
    )
}
junit=$(sed -n 's,.*<junit.version>\(.*\)</junit.version>.*,\1,p' pom.xml)
mvn -q -B -ntp dependency:copy -N -Dartifact="org.junit.platform:junit-platform-console-standalone:$junit" \
    -DoutputDirectory="$work"
# Of the benches' libraries JMH only: their reports draw with java.desktop.
{
    cat fsvideo-cli/target/classpath <(echo) fsvideo-cuda/target/classpath <(echo) | tr ':' '\n'
    tr ':' '\n' <fsvideo-bench/target/classpath | grep -E '/(jmh-core|jopt-simple|commons-math3)-'
} | sort -u | grep -E '\.jar$' | grep -vE '/(fsvideo-|ffmpeg-|apiguardian)' >"$work/jars"
echo "$work/junit-platform-console-standalone-$junit.jar" >>"$work/jars"
while read -r jar; do repack "$jar"; done <"$work/jars"

# For a rehearsal without a GPU: a driver whose device is the emulator, and libraries that compute on it.
make -s -j2 -C fsvideo-kernels JAVA_HOME="$java_home" library
cp fsvideo-kernels/target/native/libfsvideo_emulator.so "$out/rehearsal"
g++ -std=c++17 -O1 -shared -fPIC -Ifsvideo-kernels/src/emulator -Wl,-soname,libcuda.so.1 -Wl,-rpath,'$ORIGIN' \
    -o "$out/rehearsal/libcuda.so.1" fsvideo-cuda/src/test/native/driver.cpp \
    -L"$out/rehearsal" -l:libfsvideo_emulator.so
stand_in() { g++ -std=c++17 -O2 -shared -fPIC -Wl,-soname,"$1" -o "$out/rehearsal/$1" "${@:2}"; }
stand_in libcublas.so.13 fsvideo-cuda/src/test/native/cublas.cpp
stand_in libcublasLt.so.13 fsvideo-cuda/src/test/native/empty.cpp
stand_in libcudnn.so.9 fsvideo-cuda/src/test/native/cudnn.cpp -DVERSION=9
strip "$out"/rehearsal/*.so*

if [[ -n ${WITH_DEMO:-} ]]; then cp -r models/demo "$out/models/demo"; fi
cp "$module/src/bundle/run-gpu-checks" "$out"
cp LICENSE "$out"
git rev-parse --short HEAD >"$out/version" 2>/dev/null || echo unknown >"$out/version"

mkdir -p "$(dirname "$archive")"
tar -C "$work" -cf - --owner=0 --group=0 fsvideo-gpu-checks | xz -T2 -6 >"$archive"
size=$(stat -c %s "$archive")
echo "$archive: $size bytes, $(du -sm "$out" | cut -f1) MiB unpacked"
if [[ -z ${WITH_DEMO:-} ]] && ((size > limit)); then
    echo "bundle: archive must be at most $limit bytes, got $size" >&2
    exit 1
fi
