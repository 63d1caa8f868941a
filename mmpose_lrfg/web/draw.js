// Draws poses on a canvas in the colours of the model, as mmpose_lrfg/runtime/drawing.py does.

const INK = '#161a20';
const BOX = '#d4dce2';
const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/**
 * Draw poses, the best on top.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {object[]} poses - Of toPoses().
 * @param {object} model - Metadata: links, link_colours, keypoint_colours, classes.
 * @param {object} options - keypointThr: keypoints with a lower score are not drawn; boxes: draw
 *   boxes and scores; unit: pixels of the canvas per pixel of the screen.
 */
export function drawPoses(context, poses, model, { keypointThr, boxes, unit }) {
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const pose of [...poses].reverse()) drawPose(context, pose, model, keypointThr, boxes, unit);
  if (boxes) for (const pose of [...poses].reverse()) drawLabel(context, pose, model, unit);
}

function drawPose(context, { box, keypoints }, model, keypointThr, boxes, unit) {
  const [x1, y1, x2, y2] = box;
  if (boxes) {
    for (const [colour, width] of [[INK, 3 * unit], [BOX, 1.5 * unit]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.strokeRect(x1, y1, x2 - x1, y2 - y1);
    }
  }
  const size = Math.sqrt((x2 - x1) * (y2 - y1));
  const width = clamp(0.026 * size, 1.6 * unit, 7 * unit);
  const edge = Math.max(0.28 * width, 0.8 * unit);
  const shown = (k) => keypoints[k][2] >= keypointThr;
  const links = model.links
    .map(([a, b], i) => ({ a: keypoints[a], b: keypoints[b], colour: model.link_colours[i], ends: [a, b] }))
    .filter(({ ends }) => ends.every(shown));
  const points = keypoints
    .map(([x, y], k) => ({ x, y, colour: model.keypoint_colours[k] }))
    .filter((_, k) => shown(k));
  // (0, 0) of the poses is the centre of the upper left pixel, that of the canvas its corner.
  context.save();
  context.translate(0.5, 0.5);
  for (const [outline, extra] of [[true, 2 * edge], [false, 0]]) {
    for (const { a, b, colour } of links) {
      const length = Math.hypot(a[0] - b[0], a[1] - b[1]); // short links stay slender
      context.strokeStyle = outline ? INK : colour;
      context.lineWidth = Math.min(width, Math.max(0.3 * length, unit)) + extra;
      context.beginPath();
      context.moveTo(a[0], a[1]);
      context.lineTo(b[0], b[1]);
      context.stroke();
    }
    for (const { x, y, colour } of points) {
      context.fillStyle = outline ? INK : colour;
      context.beginPath();
      context.arc(x, y, 0.85 * width + extra / 2, 0, 2 * Math.PI);
      context.fill();
    }
  }
  context.restore();
}

function drawLabel(context, { box: [x1, y1], score, label }, model, unit) {
  const named = model.classes.join() !== 'person';
  const text = `${named ? `${model.classes[label] ?? label} ` : ''}${score.toFixed(2)}`;
  const tall = 13 * unit;
  context.font = `600 ${tall}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  const width = context.measureText(text).width + 0.8 * tall;
  const height = 1.5 * tall;
  const x = clamp(x1, 0, Math.max(context.canvas.width - width, 0));
  const y = y1 >= height ? y1 - height : y1;
  context.fillStyle = 'rgb(22 26 32 / 80%)';
  context.fillRect(x, y, width, height);
  context.fillStyle = 'white';
  context.fillText(text, x + 0.4 * tall, y + height / 2);
}
