#!/bin/sh
# images.sh <folder>: one fatbin per kernel (sm_80, sm_90a, PTX), when nvcc is installed; otherwise says so and succeeds.
set -eu
cd "$(dirname "$0")"
if ! command -v "${NVCC:-nvcc}" > /dev/null || ! command -v make > /dev/null; then
    echo "fsvideo-kernels: nvcc or make is missing, so this build has no GPU images; everything else works"
    exit 0
fi
exec make -s -j2 images IMAGES="$1"
