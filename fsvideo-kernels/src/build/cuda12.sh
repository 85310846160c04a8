#!/bin/sh
# cuda12.sh <kernel.cu> <image.fatbin> <jcuda jars>: the image for drivers of CUDA 12: nvcc's PTX with the version line of
# PTX 8.0, assembled by the compiler of CUDA 12.0 that JCuda carries, beside that PTX for newer processors.
set -eu
source=$1
image=$2
jars=$3
case $jars in
    *natives*.jar*) ;;
    *) echo "cuda12.sh: must have JCuda's jars, got '$jars'; fetch them: mvn -pl fsvideo-kernels dependency:resolve" >&2
       exit 1 ;;
esac
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for arch in 80 90a; do
    "${NVCC:-nvcc}" -std=c++17 -O3 -I"$(dirname "$source")" -ptx -arch=compute_$arch -o "$work/$arch.in" "$source"
    java -cp "$jars" "$here/AssemblePtx.java" "$work/$arch.in" sm_$arch "$work/$arch.cubin" "$work/$arch.ptx"
done
mkdir -p "$(dirname "$image")"
fatbinary --create="$image" -64 --compress-mode=size --image3=kind=elf,sm=80,file="$work/80.cubin" \
    --image3=kind=elf,sm=90a,file="$work/90a.cubin" --image3=kind=ptx,sm=80,file="$work/80.ptx"
