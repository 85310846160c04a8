#!/bin/sh
# gpu-run.sh [--rehearse] [kernel]...: everything there is to learn from a GPU, in one command and about four minutes:
# builds, runs every kernel's tests on the device beside the emulator, measures kernels and their peers in PyTorch,
# prints a table and writes raw results to results/<device>-<date>/. Goes on after a failure; ends with 1 if there was
# one, 77 without a GPU. Needs make, g++, nvcc and python3; peers need torch. RESULTS names another folder.
# --rehearse: the same steps with a driver whose GPU is the emulator, tiny sizes, and neither nvcc nor peers.
set -u
cd "$(dirname "$0")"
rehearse=
if [ "${1:-}" = --rehearse ]; then
    rehearse=yes
    shift
fi
native=target/native
jobs=$(nproc)
started=$(date +%s)
said() { printf '%4d s  %s\n' $(($(date +%s) - started)) "$*"; }

if [ -n "$rehearse" ]; then
    device=rehearsal
    options="--driver $native/fake/libcuda.so.1 --images $native/fake/images"
    bench_options="$options --size tiny"
    targets="gpu-tests fake-driver"
    folder=target/results
    jobs=2
else
    device=$(nvidia-smi --query-gpu=name --format=csv,noheader -i 0 2> /dev/null | tr 'A-Z ' 'a-z-') || device=
    if [ -z "$device" ]; then
        echo "no NVIDIA driver: nvidia-smi finds no GPU; ./gpu-run.sh --rehearse runs the same steps without one"
        exit 77
    fi
    options="--images $native/gpu/images"
    bench_options=$options
    targets=gpu
    folder=results
fi
[ $# -gt 0 ] || set -- $(cd src/test/cpp && ls ./*_test.cpp | sed 's,^\./,,; s,_test\.cpp$,,')
results=${RESULTS:-$folder}/$device-$(date +%F)
mkdir -p "$results"

report_device() {
    date
    uname -a
    [ -n "$rehearse" ] || nvidia-smi
    ${NVCC:-nvcc} --version
    g++ --version
    python3 -c 'import torch; print("torch", torch.__version__, "cuDNN", torch.backends.cudnn.version())'
}
report_device > "$results/device.txt" 2>&1

said "building with $jobs jobs"
if [ -z "$rehearse" ]; then
    capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader -i 0 | tr -d .)
    [ "$capability" != 90 ] || capability=90a
fi
make -k -j"$jobs" GPU_ARCH="${capability:-90a}" $targets > "$results/build.txt" 2>&1 || said "something was not built: $results/build.txt"

for kernel; do cat "$native/gpu/images/$kernel.cubin.txt"; done >> "$results/build.txt" 2> /dev/null

said "tests of $# kernels"
failed=0
GPU_OPTIONS=$options src/test/gpu/check.sh "$native" "$@" > "$results/conformance.txt" 2>&1
status=$?
if [ $status -eq 77 ]; then
    cat "$results/conformance.txt"
    exit 77
fi
[ $status -eq 0 ] || failed=1
for kernel; do sed "s/^/$kernel: /" "$native/gpu/check/$kernel.txt"; done >> "$results/conformance.txt"

said "speed"
timeout -k 5 240 "$native/gpu/bench" $bench_options "$@" > "$results/bench.jsonl" 2>&1 || failed=1
if [ -n "$rehearse" ]; then
    : > "$results/peers.jsonl"
else
    nvidia-smi --query-gpu=clocks.sm,clocks.mem,power.draw,temperature.gpu --format=csv >> "$results/device.txt" 2>&1
    said "peers"
    timeout -k 5 200 python3 src/test/gpu/peers.py > "$results/peers.jsonl" 2> "$results/peers.txt" || said "peers ended early: $results/peers.txt"
fi
said "done: $results"
python3 src/test/gpu/report.py "$results" "$native/gpu/check" > "$results/report.txt" || failed=1
head -60 "$results/report.txt"
exit $failed
