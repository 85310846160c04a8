#!/bin/sh
# prebuilt.sh <committed folder> <scratch folder>: renews the committed images of kernels whose code has changed, removes
# those of kernels that are gone, and writes HASHES. Needs nvcc; minutes for all kernels.
set -eu
prebuilt=$1
scratch=$2
mkdir -p "$prebuilt" "$scratch"
PREBUILT="$prebuilt" IMAGES_FOR=all ./images.sh "$scratch"
if grep -HE '[1-9][0-9]* bytes (stack frame|spill)|C75(08|10|19)' target/native/ptxas/*.txt >&2; then
    echo "prebuilt.sh: no kernel may spill, have a stack or serialise its wgmma" >&2
    exit 1
fi
rm -f "$prebuilt"/*
for source in src/main/cuda/*.cu; do
    kernel=$(basename "$source" .cu)
    hash=$(./images.sh --hash "$kernel")
    for image in "$kernel.fatbin" "$kernel.cuda12.fatbin"; do
        cp "$scratch/$image" "$prebuilt/$image"
        echo "$hash  $image" >> "$prebuilt/HASHES"
    done
done
wc -c "$prebuilt"/*.fatbin | sort -n
