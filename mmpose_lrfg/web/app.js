// The interface: sources, sliders, the canvas and what can be saved.

import { drawPoses } from './draw.js';
import { nms, toCoco, toPoses } from './pose.js';

const MOST_PIXELS = 16e6; // of a canvas on phones
const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const video = $('video');
const worker = new Worker('worker.js', { type: 'module' });
const finish = {}; // resolve and reject of the request that the worker is busy with
let queue = Promise.resolve();
let model;
let items = []; // images, or the current frame: name, width, height, scale, place, rows
let shown = 0;
let picture; // ImageBitmap of items[shown]
let source = 0; // number of the current source: what belongs to an earlier one is dropped
let address = ''; // object URL of the video
let times = []; // of the last frames

function say(text, error = false) {
  if ($('status').textContent !== text) $('status').textContent = text;
  $('status').className = error ? 'error' : '';
}

/** Run fail-safe: an error becomes a message. */
const guarded = (action) => async (...values) => {
  try {
    await action(...values);
  } catch (error) {
    console.error(error);
    say(error.message || String(error), true);
  }
};

worker.onmessage = ({ data: { share, result, error } }) => {
  if (share) say(`Loading the model ... ${10 * Math.round(10 * share)} %`);
  else if (error) finish.reject(new Error(error));
  else finish.resolve(result);
};
worker.onerror = () => finish.reject(new Error('worker.js cannot be started'));

/** Let the worker act, after what it is doing; one request at a time. */
function ask(message, transfer = []) {
  const answer = queue.then(
    () =>
      new Promise((resolve, reject) => {
        Object.assign(finish, { resolve, reject });
        worker.postMessage(message, transfer);
      }),
  );
  queue = answer.catch(() => {});
  return answer;
}

/** Poses of an item at the score threshold of the page. */
const posesOf = (item) =>
  item.rows ? toPoses(nms(item.rows, model, Number($('score').value)), item.place) : [];

async function predict(item, bitmap) {
  const { image, ...result } = await ask({ action: 'predict', image: bitmap }, [bitmap]);
  Object.assign(item, result);
  times = [...times, performance.now()].slice(-20);
  $('network').textContent = `${item.network.toFixed(0)} ms`;
  $('total').textContent = `${item.total.toFixed(0)} ms`;
  return image;
}

/** Draw the image that is shown, with its poses. */
function draw() {
  const item = items[shown];
  if (!picture || !item) return;
  const canvas = $('canvas');
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  canvas.hidden = false;
  $('empty').hidden = true;
  const context = canvas.getContext('2d', { alpha: false });
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0);
  const poses = posesOf(item);
  drawPoses(context, poses, model, {
    keypointThr: Number($('keypoint').value),
    boxes: $('boxes').checked,
    unit: canvas.width / canvas.clientWidth,
  });
  const people = poses.length;
  $('people').textContent = people;
  $('png').disabled = $('json').disabled = false;
  const text = `${people} ${people === 1 ? 'pose' : 'poses'} in ${item.name}`;
  canvas.setAttribute('aria-label', text);
  if (!video.src && !video.srcObject) say(`${text}.`);
}

/** Replace the image that is shown. */
function show(bitmap) {
  picture?.close();
  picture = bitmap;
  draw();
}

/** Remove the image that is shown. */
function clear() {
  picture?.close();
  picture = undefined;
  $('canvas').hidden = $('png').disabled = $('json').disabled = true;
  $('empty').hidden = false;
}

/** End the current source; return the number of the next one. */
function stop() {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.pause();
  video.srcObject = null;
  if (address) {
    URL.revokeObjectURL(address);
    address = '';
    video.removeAttribute('src');
    video.load();
  }
  times = [];
  $('fps').textContent = '–';
  $('camera').textContent = 'Start camera';
  $('pages').hidden = $('player').hidden = true;
  return ++source;
}

async function decode({ file, name }) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file); // turned as its EXIF data say
  } catch {
    throw new Error(`${name} cannot be shown: it is damaged, too large, or no image that this browser reads.`);
  }
  const scale = Math.sqrt(Math.max(1, (bitmap.width * bitmap.height) / MOST_PIXELS));
  if (scale === 1) return { bitmap, scale };
  const resizeWidth = Math.floor(bitmap.width / scale);
  const resizeHeight = Math.floor(bitmap.height / scale);
  const options = { resizeWidth, resizeHeight, resizeQuality: 'high' };
  const smaller = await createImageBitmap(bitmap, options);
  bitmap.close();
  return { bitmap: smaller, scale };
}

async function openImages(files) {
  const mine = stop();
  items = files.map((file) => ({ file, name: file.name }));
  const broken = [];
  for (const [index, item] of [...items].entries()) {
    say(files.length > 1 ? `Image ${index + 1} of ${files.length} ...` : 'Finding people ...');
    try {
      const { bitmap, scale } = await decode(item);
      item.scale = scale;
      const image = await predict(item, bitmap);
      if (mine !== source) return image.close();
      if (items.find((each) => each.rows) === item) {
        shown = index;
        show(image);
      } else image.close();
    } catch (error) {
      if (mine !== source) return;
      broken.push(error.message);
    }
  }
  items = items.filter((item) => item.rows);
  shown = 0;
  $('pages').hidden = items.length < 2;
  $('page').textContent = `1 of ${items.length}`;
  if (items.length) draw();
  else clear();
  if (broken.length) say(broken.join(' '), true);
}

async function turn(step) {
  const mine = source;
  const target = (shown + step + items.length) % items.length;
  const { bitmap } = await decode(items[target]);
  if (mine !== source) return bitmap.close();
  shown = target;
  $('page').textContent = `${shown + 1} of ${items.length}`;
  show(bitmap);
}

/** Predict and show frame after frame of the video; frames that come meanwhile are dropped. */
function follow(name) {
  const mine = source;
  const frame = guarded(async () => {
    if (mine !== source) return;
    const item = { name, scale: 1, time: video.currentTime };
    const image = await predict(item, await createImageBitmap(video));
    if (mine !== source) return image.close();
    items = [item];
    shown = 0;
    show(image);
    const seconds = (times.at(-1) - times[0]) / 1000;
    if (seconds) $('fps').textContent = `${((times.length - 1) / seconds).toFixed(1)} frames/s`;
    if (video.duration) $('seek').value = video.currentTime / video.duration;
    video.requestVideoFrameCallback(frame);
  });
  video.requestVideoFrameCallback(frame);
}

async function openVideo(file) {
  const mine = stop();
  address = URL.createObjectURL(file);
  video.loop = true;
  video.src = address;
  try {
    await video.play();
  } catch {
    if (mine !== source) return;
    stop();
    throw new Error(`${file.name} cannot be played: this browser does not read its format.`);
  }
  if (mine !== source) return;
  $('player').hidden = false;
  $('play').textContent = 'Pause';
  say(`Playing ${file.name}.`);
  follow(file.name);
}

const REFUSED = {
  NotAllowedError: 'The browser has no permission to use the camera; allow it in its settings.',
  NotFoundError: 'No camera was found.',
  NotReadableError: 'The camera cannot be used; is another program using it?',
};

async function toggleCamera() {
  if (video.srcObject) {
    stop();
    say('The camera is off.');
    return;
  }
  const mine = stop();
  if (!navigator.mediaDevices) {
    throw new Error('Browsers allow cameras only at https:// addresses and on this machine.');
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  } catch (error) {
    throw new Error(REFUSED[error.name] ?? `The camera cannot be used: ${error.message}`);
  }
  if (mine !== source) return stream.getTracks().forEach((track) => track.stop());
  video.srcObject = stream;
  await video.play().catch((error) => {
    if (mine === source) throw error;
  });
  if (mine !== source) return;
  $('camera').textContent = 'Stop camera';
  say('The camera is on.');
  follow('camera');
}

/** Open what was chosen or dropped: images, or the first video. */
const openFiles = guarded(async (list) => {
  const files = [...list];
  if (!files.length || !model) return;
  const film = files.find((file) => file.type.startsWith('video/'));
  await (film ? openVideo(film) : openImages(files));
});

/** Records in COCO's results format of all images, or of the frame that is shown. */
export function results() {
  const numbered = items.every(({ name }) => /^\d+\.\w+$/.test(name));
  return items.flatMap((item, index) => {
    const more = { file_name: item.name };
    if (item.time !== undefined) more.time = Number(item.time.toFixed(3));
    const id = numbered ? parseInt(item.name, 10) : index + 1;
    return toCoco(posesOf(item), id, more, item.scale);
  });
}

function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function connect() {
  $('files').onchange = ({ target }) => {
    openFiles(target.files).finally(() => (target.value = '')); // the same file can follow
  };
  $('camera').onclick = guarded(toggleCamera);
  $('previous').onclick = guarded(() => turn(-1));
  $('next').onclick = guarded(() => turn(1));
  $('play').onclick = () => {
    const play = video.paused;
    $('play').textContent = play ? 'Pause' : 'Play';
    say(play ? 'Playing.' : 'Paused.');
    if (play) video.play();
    else video.pause();
  };
  $('seek').oninput = ({ target }) => {
    video.currentTime = Number(target.value) * video.duration;
  };
  for (const id of ['score', 'keypoint']) {
    $(id).oninput = ({ target }) => {
      $(`${id}-value`).textContent = Number(target.value).toFixed(2);
      draw();
    };
  }
  $('boxes').onchange = draw;
  $('png').onclick = () => $('canvas').toBlob((blob) => save(blob, 'poses.png'), 'image/png');
  $('json').onclick = () => {
    save(new Blob([JSON.stringify(results())], { type: 'application/json' }), 'poses.json');
  };
  window.onresize = draw;
  document.ondragover = (event) => {
    event.preventDefault();
    $('stage').classList.add('over');
  };
  document.ondragleave = () => $('stage').classList.remove('over');
  document.ondrop = (event) => {
    event.preventDefault();
    $('stage').classList.remove('over');
    openFiles(event.dataTransfer.files);
  };
  document.onpaste = ({ clipboardData }) => openFiles(clipboardData.files);
}

function describe(facts) {
  document.title = `${model.name || 'Poses'} in the browser`;
  $('name').textContent = model.name || 'model.onnx';
  const precision = { fp32: '32-bit floats', fp16: '16-bit floats', int8: '8-bit integers' };
  const kind = precision[model.precision] ?? model.precision;
  $('size').textContent = `${(facts.bytes / 1e6).toFixed(1)} MB, ${kind}`;
  $('input').textContent = `${model.size[1]} × ${model.size[0]} pixels`;
  $('backend').textContent = facts.backend;
  $('score').min = model.score_thr;
  $('score').value = model.recommended_score_thr;
  for (const id of ['score', 'keypoint']) $(id).dispatchEvent(new Event('input'));
  model.keypoints.forEach((name, k) => {
    const entry = document.createElement('li');
    const dot = document.createElement('i');
    dot.style.background = model.keypoint_colours[k];
    entry.append(dot, name.replaceAll('_', ' '));
    $('legend').append(entry);
  });
}

async function start() {
  connect();
  const missing = ['WebAssembly', 'OffscreenCanvas'].filter((name) => !(name in window));
  if (missing.length) {
    throw new Error(`This browser lacks ${missing.join(' and ')}; please use a current one.`);
  }
  const options = { backend: query.get('backend'), threads: query.get('threads') };
  const facts = await ask({ action: 'load', ...options }).catch((error) => {
    throw new Error(`The model cannot be loaded: ${error.message}.`);
  });
  model = facts.model;
  describe(facts);
  $('files').disabled = $('camera').disabled = false;
  say('The model is ready.');
  const url = query.get('image');
  if (!url) return;
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) throw new Error(`${url} cannot be loaded.`);
  const name = new URL(response.url).pathname.split('/').at(-1);
  await openFiles([new File([await response.blob()], name, { type: response.headers.get('Content-Type') })]);
}

/** Resolves when the page is ready and the image of its address was opened. */
export const ready = guarded(start)();
