#!/usr/bin/env bash
# The whole recipe: trains every part, exports models/demo, draws the results. Run again after an interruption: it continues.
#   run_all.sh [RUNS]          folder of checkpoints and caches (default: runs)
#   PYTHON                     the interpreter (default: python3)
#   CPU_MINUTES                minutes of the base model where there is no GPU (default: 60); the whole takes three times as long
#   RECIPE=smoke               a few steps of everything, to see that it runs: with MODEL, GOLDEN, RESULTS=somewhere else and PICTURES=3
#   DECODER=0                  leaves the autoencoder in its closed form, as the committed model has it
#   LAYER_MEMORY=1             trains the base again without layer memory and draws both losses
set -euo pipefail

cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
runs=${1:-runs}
python=${PYTHON:-python3}
minutes=${CPU_MINUTES:-60}
results=${RESULTS:-results} model=${MODEL:-../../models/demo}
export OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0

train() {
    local part=$1 minutes=$2
    shift 2
    "$python" "train_$part.py" --runs "$runs" --minutes "$minutes" ${RECIPE:+--recipe $RECIPE} "$@"
}

"$python" closed_form.py --runs "$runs" ${RECIPE:+--recipe $RECIPE}
"$python" outer_stages.py --runs "$runs" ${RECIPE:+--recipe $RECIPE}
# The encoder stays the closed form, so that latents of fresh clips cost one matrix product and the parts train in any order.
if "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
    # Minutes on one data-centre GPU; under 25 with start-up, export and evaluation.
    base=8 refiner=4 thumbnails=2 autoencoder=6
else
    base=$minutes refiner=$((minutes / 3)) thumbnails=$((minutes / 6)) autoencoder=$((minutes / 3))
fi

train base "$base"
"$python" closed_upsampler.py --runs "$runs" ${RECIPE:+--recipe $RECIPE}
train refiner "$refiner"
if [ "${DECODER:-1}" = 1 ]; then
    train thumbnails "$thumbnails"
    train autoencoder "$autoencoder" --decoder-only
fi
"$python" export.py --runs "$runs" --out "$model"
"$python" make_golden.py --model "$model" --out "${GOLDEN:-../../fsvideo-core/src/test/resources/golden}"
"$python" sample.py --runs "$runs" --out "$results/sheet.png"
"$python" evaluate.py --runs "$runs" --pictures "${PICTURES:-40}" --out "$results/evaluation.json"
if [ "${LAYER_MEMORY:-0}" = 1 ]; then
    train base "$base" --layer-memory none
    "$python" plots.py --runs "$runs" --out "$results"
fi
