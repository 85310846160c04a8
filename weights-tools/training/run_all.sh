#!/usr/bin/env bash
# The whole recipe: trains every part, exports models/demo, draws the results. Run again after an interruption: it continues.
#   run_all.sh [RUNS]          folder of checkpoints and caches (default: runs)
#   PYTHON                     the interpreter (default: python3)
#   CPU_MINUTES                minutes of the base model where there is no GPU (default: 60); the whole takes three times as long
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
runs=${1:-runs}
python=${PYTHON:-python3}
minutes=${CPU_MINUTES:-60}
export OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0

train() {
    local part=$1 minutes=$2
    shift 2
    "$python" "train_$part.py" --runs "$runs" --minutes "$minutes" "$@"
}

"$python" closed_form.py --runs "$runs"
if "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
    # Minutes on one data-centre GPU; under 25 with caches and export.
    train thumbnails 3
    train autoencoder 10
    "$python" cache_latents.py --runs "$runs"
    base=3 refiner=2
else
    # The encoder stays the closed form, so that latents can be cached from thumbnails.
    "$python" cache_latents.py --runs "$runs" --thumbnails
    train thumbnails $((minutes / 3))
    train autoencoder $((minutes / 3)) --decoder-only
    base=$minutes refiner=$((minutes / 3))
fi

train base "$base"
"$python" closed_upsampler.py --runs "$runs"
train refiner "$refiner"
"$python" export.py --runs "$runs"
"$python" sample.py --runs "$runs" --out results/sheet.png
"$python" evaluate.py --runs "$runs"
steps=$("$python" -c 'import sys, torch; print(torch.load(sys.argv[1], map_location="cpu")["step"])' "$runs/base.pt")
"$python" train_base.py --runs "$runs" --steps "$steps" --layer-memory none
"$python" plots.py --runs "$runs"
