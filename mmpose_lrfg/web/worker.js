// Loads the network and runs it, away from the page's own thread, so that the page stays responsive.

import { candidates, letterbox, placeImage } from './pose.js';

let ort, model, session, canvas;

/** Return the content of a file; report(share) during the download. */
async function download(url, report) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} is missing (HTTP ${response.status})`);
  const total = Number(response.headers.get('Content-Length'));
  const parts = [];
  let size = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    if (total) report(Math.min(size / total, 1)); // more if the server compresses
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function open(content, backend) {
  session = await ort.InferenceSession.create(content, { executionProviders: [backend] });
  await run(new Float32Array(3 * model.size[0] * model.size[1])); // compiles what is left
}

async function run(pixels) {
  const images = new ort.Tensor('float32', pixels, [1, 3, ...model.size]);
  const { poses } = await session.run({ images });
  const output = await poses.getData();
  poses.dispose();
  return output;
}

const actions = {
  async load({ backend, threads }) {
    model = await (await fetch('model.json')).json().catch(() => {
      throw new Error('model.json is missing or damaged');
    });
    ort = await import('./ort/ort.webgpu.min.mjs').catch(() => {
      throw new Error('the files of ONNX Runtime Web in the folder ort are missing');
    });
    ort.env.logLevel = 'error';
    ort.env.wasm.wasmPaths = new URL('./ort/', import.meta.url).href;
    if (threads && self.crossOriginIsolated) ort.env.wasm.numThreads = Number(threads);
    const content = await download('model.onnx', (share) => postMessage({ share }));
    const facts = { model, bytes: content.length };
    const gpu = backend !== 'wasm' && (await navigator.gpu?.requestAdapter().catch(() => null));
    // A processor in place of a GPU is slower than WebAssembly.
    if (gpu && (backend === 'webgpu' || !gpu.info?.isFallbackAdapter)) {
      try {
        await open(content, 'webgpu');
        return { ...facts, backend: 'WebGPU' };
      } catch (error) {
        console.warn('WebGPU cannot run the model, WebAssembly does:', error);
      }
    }
    await open(content, 'wasm');
    const count = ort.env.wasm.numThreads;
    return { ...facts, backend: `WebAssembly, ${count} thread${count > 1 ? 's' : ''}` };
  },

  /** Return the candidates of an image; the image goes back to the page. */
  async predict({ image }) {
    const start = performance.now();
    const { width, height } = image;
    if (canvas?.width !== width || canvas?.height !== height) {
      canvas = new OffscreenCanvas(width, height);
    }
    const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    context.fillStyle = 'white'; // behind transparent images
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0);
    const place = placeImage(width, height, model.size);
    const pixels = letterbox(context.getImageData(0, 0, width, height), place, model);
    const before = performance.now();
    const output = await run(pixels);
    const network = performance.now() - before;
    const rows = candidates(output, model);
    return { image, place, rows, network, total: performance.now() - start };
  },
};

self.onmessage = async ({ data: { action, ...values } }) => {
  try {
    const result = await actions[action](values);
    postMessage({ result }, result.image ? [result.image] : []);
  } catch (error) {
    postMessage({ error: error.message || String(error) });
  }
};
