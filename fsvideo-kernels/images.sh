#!/bin/sh
# images.sh <folder>: GPU images of every kernel, <kernel>.fatbin for drivers of CUDA 13 and <kernel>.cuda12.fatbin for CUDA
# 12. Prebuilt ones are taken while they fit the sources; the others are built if nvcc is there (CUDA 12's only with
# IMAGES_FOR=all); what is then missing is named. Succeeds without any image.
# images.sh --hash <kernel>: what prebuilt images are compared by: the code of the source and of all it includes.
set -eu
cd "$(dirname "$0")"
cuda=${CUDA_SOURCES:-src/main/cuda}
prebuilt=${PREBUILT:-src/main/prebuilt}

hash_of() {
    { grep -A1 '^IMAGE_FLAGS' Makefile; awk -v dir="$cuda" -v first="$1.cu" '
        function add(file,    line) {
            if (file in seen) return
            seen[file] = 1
            while ((getline line < (dir "/" file)) > 0) {
                if (match(line, /#include "[^"]+"/)) add(substr(line, RSTART + 10, RLENGTH - 11))
                sub(/\/\/.*/, "", line)
                gsub(/[ \t]+/, " ", line)
                if (line != "" && line != " ") print line
            }
        }
        BEGIN { add(first) }'; } | sha256sum | cut -c1-32
}
has() { command -v "$1" > /dev/null 2>&1; }

if [ "$1" = --hash ]; then
    hash_of "$2"
    exit 0
fi
out=$1
mkdir -p "$out"
can_build=false
if has "${NVCC:-nvcc}" && has make; then can_build=true; fi
taken=0
build=
old=
missing=
missing12=
for source in "$cuda"/*.cu; do
    kernel=$(basename "$source" .cu)
    hash=$(hash_of "$kernel")
    for image in "$kernel.fatbin" "$kernel.cuda12.fatbin"; do
        if grep -qsx "$hash  $image" "$prebuilt/HASHES"; then
            cmp -s "$prebuilt/$image" "$out/$image" || cp "$prebuilt/$image" "$out/$image"
            taken=$((taken + 1))
            continue
        fi
        if [ -f "$prebuilt/$image" ]; then old="$old $image"; fi
        case $image in
            *.cuda12.fatbin)
                if $can_build && [ "${IMAGES_FOR:-}" = all ]; then build="$build $out/$image"
                else rm -f "$out/$image"; missing12="$missing12 $kernel"; fi ;;
            *)
                if $can_build; then build="$build $out/$image"
                else rm -f "$out/$image"; missing="$missing $kernel"; fi ;;
        esac
    done
done
if [ -n "$build" ]; then make -s -j2 IMAGES="$out" $build; fi
say() { echo "fsvideo-kernels: $*"; }
say "GPU images: $taken prebuilt, $(echo "$build" | wc -w) built by nvcc, $(cat "$out"/*.fatbin 2> /dev/null | wc -c) bytes"
if [ -n "$old" ]; then say "WARNING: prebuilt images older than their sources, not used; make prebuilt renews them:$old"; fi
if [ -n "$missing" ]; then say "no GPU images of:$missing: nvcc or make is missing; everything else works"; fi
if [ -n "$missing12" ]; then say "none for CUDA 12 drivers of $(echo "$missing12" | wc -w) kernels; make prebuilt makes them"; fi
