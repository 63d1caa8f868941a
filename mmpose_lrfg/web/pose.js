// From an image to the network's input, and from its output to poses in pixels of the image.
// The results equal those of mmpose_lrfg/runtime (letterbox.py, postprocess.py).

const STEPS = 32; // positions between two pixels, as in OpenCV's warpAffine

/** Place an image in the input of [height, width]: as large as fits, in the middle. */
export function placeImage(width, height, [inputHeight, inputWidth]) {
  const scale = Math.max(width / inputWidth, height / inputHeight); // pixels of the image per pixel
  const left = (width - inputWidth * scale) / 2;
  const top = (height - inputHeight * scale) / 2;
  return { width, height, scale, left, top };
}

/** Pixels, before and after each place of the input along one side, and the share of the second. */
function neighbours(count, scale, start, limit) {
  const first = new Int32Array(count);
  const share = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const place = Math.floor(((i * scale + start) * STEPS * STEPS + STEPS / 2) / STEPS);
    first[i] = Math.max(-2, Math.min(Math.floor(place / STEPS), limit)); // outside stays outside
    share[i] = place - Math.floor(place / STEPS) * STEPS;
  }
  return { first, share };
}

/**
 * Resize an image bilinearly into the network's input.
 *
 * @param {ImageData} image - RGBA.
 * @param {object} place - Of placeImage.
 * @param {object} model - Metadata: size, pad_value.
 * @returns {Float32Array} (3, height, width), BGR in 0..255.
 */
export function letterbox({ data, width, height }, place, model) {
  const [rows, columns] = model.size;
  const area = rows * columns;
  const x = neighbours(columns, place.scale, place.left, width);
  const y = neighbours(rows, place.scale, place.top, height);
  const out = new Float32Array(3 * area);
  for (let c = 0; c < 3; c++) {
    const pad = model.pad_value[c];
    const pixel = (column, row) =>
      column >= 0 && column < width && row >= 0 && row < height
        ? data[4 * (row * width + column) + 2 - c]
        : pad;
    for (let j = 0, o = c * area; j < rows; j++) {
      const top = y.first[j];
      const lower = y.share[j];
      for (let i = 0; i < columns; i++, o++) {
        const left = x.first[i];
        const right = x.share[i];
        const above = pixel(left, top) * (STEPS - right) + pixel(left + 1, top) * right;
        const below = pixel(left, top + 1) * (STEPS - right) + pixel(left + 1, top + 1) * right;
        out[o] = Math.floor((above * (STEPS - lower) + below * lower) / STEPS ** 2 + 0.5);
      }
    }
  }
  return out;
}

/**
 * Return the rows that can become poses at any score threshold of the page, best first.
 *
 * @param {Float32Array} output - (anchors, 6 + 3 K): x1, y1, x2, y2, score, class and x, y, score of
 *   each keypoint, in pixels of the input.
 * @param {object} model - Metadata: keypoints, score_thr, nms_pre.
 * @returns {Float32Array[]} Rows.
 */
export function candidates(output, model) {
  const length = 6 + 3 * model.keypoints.length;
  const rows = [];
  for (let start = 0; start < output.length; start += length) {
    const score = output[start + 4];
    if (!Number.isFinite(score)) throw new Error('The model returns numbers that are not finite.');
    if (score > model.score_thr) rows.push(output.slice(start, start + length));
  }
  return rows.sort((a, b) => b[4] - a[4]).slice(0, model.nms_pre);
}

/**
 * Apply the score threshold and (weighted) NMS to candidates.
 *
 * @param {Float32Array[]} rows - Of candidates().
 * @param {object} model - Metadata: nms_thr, wnms_thr, max_per_img.
 * @param {number} scoreThr - Rows with a score <= scoreThr are discarded.
 * @returns {Float32Array[]} At most max_per_img rows, best first.
 */
export function nms(rows, model, scoreThr) {
  rows = rows.filter((row) => row[4] > scoreThr);
  const kept = [];
  for (const row of rows) {
    if (kept.length === model.max_per_img) break;
    if (kept.every((other) => overlap(other, row) <= model.nms_thr)) kept.push(row);
  }
  if (model.wnms_thr >= 1) return kept;
  return kept.map((row) => {
    const near = rows.filter((other) => other === row || overlap(row, other) > model.wnms_thr);
    const total = near.reduce((sum, other) => sum + other[4], 0);
    return row.map((value, i) =>
      i === 4 || i === 5 ? value : near.reduce((sum, o) => sum + o[4] * o[i], 0) / total,
    );
  });
}

/** Return the IoU of two rows of one class; 0 for different classes. */
function overlap(a, b) {
  if (a[5] !== b[5]) return 0;
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (row) => (row[2] - row[0]) * (row[3] - row[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}

/**
 * Transform rows to pixels of the image.
 *
 * @returns {{box: number[], score: number, label: number, keypoints: number[][]}[]} Boxes are clipped
 *   to the image; a keypoint is x, y, score.
 */
export function toPoses(rows, place) {
  const x = (value) => value * place.scale + place.left;
  const y = (value) => value * place.scale + place.top;
  const clip = (value, most) => Math.min(Math.max(value, 0), most);
  return rows.map((row) => {
    const [x1, y1, x2, y2, score, label] = row;
    const keypoints = [];
    for (let i = 6; i < row.length; i += 3) keypoints.push([x(row[i]), y(row[i + 1]), row[i + 2]]);
    const box = [x1, y1, x2, y2].map((value, i) =>
      i % 2 ? clip(y(value), place.height) : clip(x(value), place.width),
    );
    return { box, score, label, keypoints };
  });
}

/** Return the records of COCO's results format; scale: pixels of the file per pixel of the poses. */
export function toCoco(poses, imageId, more, scale = 1) {
  const round = (value, digits) => Number(value.toFixed(digits));
  return poses.map(({ box: [x1, y1, x2, y2], score, label, keypoints }) => ({
    image_id: imageId,
    category_id: label + 1,
    bbox: [x1, y1, x2 - x1, y2 - y1].map((value) => round(value * scale, 3)),
    keypoints: keypoints.flatMap(([x, y, s]) => [
      round(x * scale, 3),
      round(y * scale, 3),
      round(s, 6),
    ]),
    score: round(score, 6),
    ...more,
  }));
}
