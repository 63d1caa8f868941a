#!/usr/bin/env bash
# Train the released weights further on one large GPU, part by part:
#
#   tools/misc/train_small_data.sh PART ...
#
#   speed     time of a training step at 640 and 960
#   gains     two short trainings from S6: its own loss weights, and YOLO-Pose's rescaled ones
#   s6        third stage of S6 at 640; LOSSES=rescaled takes the other loss weights
#   n6        N6 at 384
#   ablation  networks 1 and 8 of the ablation, two seeds, the paper's recipe
#
# A part that was interrupted continues where it was, also after `timeout 570 ...`; one that is done
# is skipped. Settings, by environment variables:
set -euo pipefail
DATA=${DATA:-data/coco}                          # data set; images in train/ and val/
TRAIN=${TRAIN:-annotations/train.json}           # annotations, relative to it
VAL=${VAL:-annotations/val.json}
HELD=${HELD:-$VAL}                               # images that decide between the loss weights
OUT=${OUT:-work_dirs/small_data}                 # trainings, checkpoints and metrics
S6_MINUTES=${S6_MINUTES:-13}
N6_MINUTES=${N6_MINUTES:-10}
GAINS_MINUTES=${GAINS_MINUTES:-2.5}
ABLATION_EPOCHS=${ABLATION_EPOCHS:-12}
DEVICE=${DEVICE:-cuda}                           # of the speed measurement
BATCH_SIZE=${BATCH_SIZE:-32}
read -ra MORE <<< "${MORE:-}"                    # further KEY=VALUE for --cfg-options

RESCALED=(model.head.scale_gains=True model.head.level_means=True
    model.head.loss_bbox.loss_weight=0.05 model.head.loss_oks.loss_weight=0.1
    model.head.loss_vis.loss_weight=0.5)
S6=lrfg-s6_1xb128_coco-640.py
N6=lrfg-n6_1xb256_coco-384.py

data_of() {  # DATALOADER ANN_FILE IMAGES -> settings
    echo "$1.dataset.data_root=$DATA/" "$1.dataset.ann_file=$2" "$1.dataset.data_prefix.img=$3/"
}

train() {  # NAME CONFIG MINUTES [KEY=VALUE ...]
    local folder=$OUT/$1 config=$2 minutes=$3 resume=()
    shift 3
    compgen -G "$folder/epoch_*.pth" > /dev/null && resume=(--resume)
    # shellcheck disable=SC2046  # words are settings
    lrfg train "$config" --out "$folder" --no-validate --seed 0 "${resume[@]}" --cfg-options \
        $(data_of train_dataloader "$TRAIN" train) \
        default_hooks.time_budget.minutes="$minutes" "$@" "${MORE[@]}"
}

evaluate() {  # NAME CONFIG ANN_FILE IMAGES: writes NAME/metrics.json
    # shellcheck disable=SC2046
    lrfg val "$2" "$(cat "$OUT/$1/last_checkpoint")" --work-dir "$OUT/$1/val" \
        --json "$OUT/$1/metrics.json" --cfg-options $(data_of test_dataloader "$3" "$4") \
        test_evaluator.ann_file="$DATA/$3" "${MORE[@]}"
}

speed() {
    for size in 640 960; do
        lrfg benchmark training --models lrfg-s6 --data "$DATA/$TRAIN" --img-dir "$DATA/train" \
            --limit 64 --img-size $size --batch-size "$BATCH_SIZE" --steps 10 --device "$DEVICE" \
            --json "$OUT/speed_$size.json"
    done
}

gains() {
    held_images=$([[ $HELD == "$VAL" ]] && echo val || echo train)
    train gains_own $S6 "$GAINS_MINUTES"
    train gains_rescaled $S6 "$GAINS_MINUTES" "${RESCALED[@]}"
    evaluate gains_own $S6 "$HELD" "$held_images"
    evaluate gains_rescaled $S6 "$HELD" "$held_images"
}

s6() {
    local losses=()
    [[ ${LOSSES:-own} == rescaled ]] && losses=("${RESCALED[@]}")
    train s6 $S6 "$S6_MINUTES" "${losses[@]}"
    evaluate s6 $S6 "$VAL" val
}

n6() {
    train n6 $N6 "$N6_MINUTES"
    evaluate n6 $N6 "$VAL" val
}

ablation() {
    local resume=()
    [[ -d $OUT/ablation ]] && resume=(--resume)
    # shellcheck disable=SC2046
    lrfg ablation --networks net1 net8 --seeds 2 --epochs "$ABLATION_EPOCHS" \
        --out "$OUT/ablation" "${resume[@]}" --cfg-options \
        $(data_of train_dataloader "$TRAIN" train) $(data_of val_dataloader "$VAL" val) \
        val_evaluator.ann_file="$DATA/$VAL" "${MORE[@]}"
}

mkdir -p "$OUT"
for part in "$@"; do
    case $part in
        speed | gains | s6 | n6 | ablation) ;;
        *) echo "unknown part $part; choose from speed, gains, s6, n6, ablation" >&2; exit 2 ;;
    esac
    [[ -e $OUT/$part.done ]] && { echo "$part is done: $OUT/$part.done"; continue; }
    "$part"
    touch "$OUT/$part.done"
done
