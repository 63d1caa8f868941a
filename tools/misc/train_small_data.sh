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
# Config, input size and settings of the networks; more epochs than fit into the time.
S6=(lrfg-s6_1xb192-47e_coco-512.py 640)
S6_SETTINGS=(load_from=s6 train_dataloader.batch_size=128 optim_wrapper.optimizer.lr=1.5e-3)
N6=(lrfg-s6_1xb192-19e_coco-448.py 384)
N6_WIDTH=(model.backbone.widen_factor=0.25 model.neck.widen_factor=0.25
    model.head.head_module.widen_factor=0.25 model.head.auxiliary.in_channels=64)
N6_SETTINGS=(load_from=n6 train_dataloader.batch_size=256)

data_of() {  # DATALOADER ANN_FILE IMAGES -> settings
    echo "$1.dataset.data_root=$DATA/" "$1.dataset.ann_file=$2" "$1.dataset.data_prefix.img=$3/"
}

train() {  # NAME MINUTES CONFIG SIZE [KEY=VALUE ...]
    local folder=$OUT/$1 minutes=$2 config=$3 size=$4 resume=()
    shift 4
    compgen -G "$folder/epoch_*.pth" > /dev/null && resume=(--resume)
    # shellcheck disable=SC2046  # words are settings
    lrfg train "$config" --img-size "$size" --out "$folder" --no-validate --seed 0 \
        "${resume[@]}" --cfg-options $(data_of train_dataloader "$TRAIN" train) \
        default_hooks.time_budget.minutes="$minutes" train_cfg.max_epochs=60 "$@" "${MORE[@]}"
}

evaluate() {  # NAME ANN_FILE IMAGES CONFIG SIZE [KEY=VALUE ...]: writes NAME/metrics.json
    local folder=$OUT/$1 file=$2 images=$3 config=$4 size=$5
    shift 5
    # shellcheck disable=SC2046
    lrfg val "$config" "$(cat "$folder/last_checkpoint")" --img-size "$size" \
        --work-dir "$folder/val" --json "$folder/metrics.json" --cfg-options \
        $(data_of test_dataloader "$file" "$images") test_evaluator.ann_file="$DATA/$file" \
        "$@" "${MORE[@]}"
}

speed() {
    for size in 640 960; do
        lrfg benchmark training --models lrfg-s6 --data "$DATA/$TRAIN" --img-dir "$DATA/train" \
            --limit 64 --img-size $size --batch-size "$BATCH_SIZE" --steps 10 --device "$DEVICE" \
            --json "$OUT/speed_$size.json"
    done
}

gains() {
    local images=train
    [[ $HELD == "$VAL" ]] && images=val
    train gains_own "$GAINS_MINUTES" "${S6[@]}" "${S6_SETTINGS[@]}"
    train gains_rescaled "$GAINS_MINUTES" "${S6[@]}" "${S6_SETTINGS[@]}" "${RESCALED[@]}"
    evaluate gains_own "$HELD" "$images" "${S6[@]}"
    evaluate gains_rescaled "$HELD" "$images" "${S6[@]}"
}

s6() {
    local losses=()
    [[ ${LOSSES:-own} == rescaled ]] && losses=("${RESCALED[@]}")
    train s6 "$S6_MINUTES" "${S6[@]}" "${S6_SETTINGS[@]}" "${losses[@]}"
    evaluate s6 "$VAL" val "${S6[@]}"
}

n6() {
    train n6 "$N6_MINUTES" "${N6[@]}" "${N6_SETTINGS[@]}" "${N6_WIDTH[@]}"
    evaluate n6 "$VAL" val "${N6[@]}" "${N6_WIDTH[@]}"
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
