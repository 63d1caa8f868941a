"""The page of ``lrfg export --web``, served by ``lrfg web``, in a headless Chromium."""

import base64
import json
import os
import shutil
import signal
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from browser import PROGRAM, Browser, serve

from mmpose_lrfg.demo import find_photographs, fit
from mmpose_lrfg.deploy import web
from mmpose_lrfg.deploy.options import ExportOptions
from mmpose_lrfg.runtime import Metadata, PoseEstimator
from mmpose_lrfg.runtime.images import read_image
from mmpose_lrfg.runtime.letterbox import Letterbox
from mmpose_lrfg.runtime.postprocess import select
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import N6

PIXEL, SCORE = 1.0, 1e-3


def missing():
    """Return why the page cannot be tested here, or an empty string."""
    try:
        web.find_ort()
    except UserError as error:
        return str(error)
    return '' if PROGRAM else 'chromium is not installed'


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    """The page of the released weights N6."""
    if reason := missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp('web')
    web.export_page(*N6.files(), ExportOptions(), folder)
    return folder


@pytest.fixture(scope='module')
def group(page):
    """Several people in one image, beside the page."""
    photographs = [fit(read_image(path), 512) for path in find_photographs()]
    cv2.imwrite(str(page / 'people.png'), cv2.hconcat(photographs))
    return page / 'people.png'


@pytest.fixture(scope='module')
def address(page):
    process, address = serve(page)
    yield address
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert process.stderr.read() == ''


@pytest.fixture(scope='module')
def browser(page, tmp_path_factory):
    options = '--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required'
    with Browser(tmp_path_factory.mktemp('profile'), *options) as browser:
        yield browser


@pytest.fixture
def tab(browser, address):
    """The page, ready."""
    browser.open(address)
    browser.run('import("./app.js").then(app => app.ready)')
    return browser


@pytest.fixture
def script(browser, address):
    """A tab that can import pose.js, without a network."""
    browser.open(f'{address}/pose.js')
    return browser


def status(browser):
    element = 'document.getElementById("status")'
    return browser.run(f'[{element}.textContent, {element}.className]')


def text(browser, element):
    return browser.run(f'document.getElementById("{element}").textContent')


def wait_for(browser, condition):
    """Wait until a JavaScript expression is true."""
    script = """new Promise((done, fail) => {
      const start = Date.now();
      const look = () => CONDITION ? done() : Date.now() - start > 60_000 ?
        fail(new Error(document.getElementById('status').textContent)) : setTimeout(look, 20);
      look();
    })"""
    browser.run(script.replace('CONDITION', condition))


def choose(browser, *paths):
    """Choose files; return the records of the page when the last was processed."""
    browser.choose('files', *paths)
    wait_for(browser, "!document.getElementById('files').value")
    return browser.run('import("./app.js").then(app => app.results())')


def assert_equal(found, expected):
    """Compare records of COCO's results format, in order."""
    assert [r['file_name'] for r in found] == [r['file_name'] for r in expected]
    for ours, theirs in zip(found, expected):
        assert ours['category_id'] == theirs['category_id']
        assert ours['score'] == pytest.approx(theirs['score'], abs=SCORE)
        assert ours['bbox'] == pytest.approx(theirs['bbox'], abs=PIXEL)
        points = [np.reshape(r['keypoints'], (-1, 3)) for r in (ours, theirs)]
        gaps = np.abs(points[0] - points[1]).max(axis=0)
        assert gaps[:2].max() <= PIXEL and gaps[2] <= 5 * SCORE


def test_poses_are_those_of_the_python_runtime(tab, page, group, tmp_path):
    paths = [group, *find_photographs()]
    estimator = PoseEstimator(page / web.MODEL)
    estimator = estimator.at_score_thr(estimator.recommended_score_thr)
    expected = []
    for path in paths:
        records = estimator(read_image(path)).to_coco(0)
        expected += [dict(record, file_name=path.name) for record in records]
    assert len(expected) > len(paths)
    assert_equal(choose(tab, *paths), expected)
    assert text(tab, 'name') == Path(N6.config).stem
    assert text(tab, 'backend').startswith('WebAssembly')
    assert tab.run('crossOriginIsolated')
    for name, size in dict(desktop=(1280, 760), phone=(390, 844)).items():
        tab.resize(*size, phone=name == 'phone')
        assert tab.run('document.documentElement.scrollWidth <= innerWidth')
        (tmp_path / f'{name}.png').write_bytes(tab.screenshot())
    tab.call('Emulation.clearDeviceMetricsOverride')


def test_threshold_changes_the_poses_of_an_image(tab, page, group):
    choose(tab, group)
    tab.run("""const slider = document.getElementById('score');
      slider.value = 0.1; slider.dispatchEvent(new Event('input'))""")
    expected = PoseEstimator(page / web.MODEL, score_thr=0.1)(read_image(group))
    found = tab.run('import("./app.js").then(app => app.results())')
    assert_equal(found, [dict(r, file_name=group.name) for r in expected.to_coco(0)])


def test_image_and_threads_of_the_address(browser, address, group):
    browser.open(f'{address}/?image={group.name}&backend=wasm&threads=2')
    browser.run('import("./app.js").then(app => app.ready)')
    assert f'in {group.name}' in status(browser)[0]
    assert text(browser, 'backend') == 'WebAssembly, 2 threads'
    browser.open(f'{address}/?image=gone.jpg')
    browser.run('import("./app.js").then(app => app.ready)')
    assert 'gone.jpg' in status(browser)[0]


def test_broken_files_give_a_message(tab, group, tmp_path):
    for name, kind in (('broken.jpg', 'damaged'), ('broken.mp4', 'played')):
        (tmp_path / name).write_bytes(b'no image')
        choose(tab, tmp_path / name)
        message, style = status(tab)
        assert name in message and kind in message and style == 'error'
    assert choose(tab, tmp_path / 'broken.jpg', group)
    assert 'broken.jpg' in status(tab)[0]
    assert choose(tab, group)


def test_video_and_camera(tab, tmp_path):
    path = tmp_path / 'clip.webm'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'VP80'), 10, (320, 240))
    for _ in range(20):
        writer.write(cv2.resize(read_image(find_photographs()[0]), (320, 240)))
    writer.release()
    tab.choose('files', path)
    wait_for(tab, "document.getElementById('fps').textContent.includes('frames')")
    records = tab.run('import("./app.js").then(app => app.results())')
    assert records[0]['file_name'] == path.name and 'time' in records[0]
    tab.call('Browser.setPermission', permission=dict(name='camera'), setting='denied')
    press = "document.getElementById('camera').click()"
    tab.run(press)
    wait_for(tab, "document.getElementById('status').className == 'error'")
    assert 'permission' in status(tab)[0]
    tab.call('Browser.setPermission', permission=dict(name='camera'), setting='granted')
    tab.run(press)
    wait_for(tab, "document.getElementById('fps').textContent.includes('frames')")
    tab.run("window.track = document.getElementById('video').srcObject.getTracks()[0]")
    tab.run(press)
    assert tab.run('track.readyState') == 'ended'


def test_every_control_has_a_name(tab):
    nodes = tab.call('Accessibility.getFullAXTree')['nodes']
    roles = 'button', 'slider', 'checkbox', 'image'
    controls = [node for node in nodes if node.get('role', {}).get('value') in roles]
    assert len(controls) > 6
    assert all(node['name']['value'] for node in controls)


def copy_without(page, folder, *left_out):
    """Copy a page as hard links, without some of its files."""
    ignored = shutil.ignore_patterns(*left_out)
    shutil.copytree(page, folder, ignore=ignored, copy_function=os.link)
    return folder


def write_constant(path, rows):
    """Write a network that returns ``rows`` for every image."""
    rows = onnx.numpy_helper.from_array(rows[None].astype(np.float32))
    image, poses = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (('images', [1, 3, 64, 64]), ('poses', list(rows.dims)))
    )
    node = onnx.helper.make_node('Constant', [], ['poses'], value=rows)
    graph = onnx.helper.make_graph([node], 'constant', [image], [poses])
    opset = [onnx.helper.make_opsetid('', 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), path)


def test_own_keypoints_and_classes(browser, page, tmp_path):
    metadata = Metadata(
        keypoints=('tip', 'base'), links=((0, 1),), classes=('pen', 'finger'), sigmas=(),
        size=(64, 64), name='fingers',
    )  # fmt: skip
    folder = copy_without(page, tmp_path / 'page', web.MODEL, web.DESCRIPTION)
    described = web.describe_page(metadata)
    (folder / web.DESCRIPTION).write_text(json.dumps(described))
    row = [8, 8, 56, 56, 0.9, 1, 16, 16, 0.8, 48, 48, 0.1]
    write_constant(folder / web.MODEL, np.array([row]))
    cv2.imwrite(str(folder / 'black.png'), np.zeros((640, 640, 3)))
    process, address = serve(folder)
    try:
        browser.open(f'{address}/?image=black.png')
        browser.run('import("./app.js").then(app => app.ready)')
        records = browser.run('import("./app.js").then(app => app.results())')
        assert records[0]['category_id'] == 2 and records[0]['bbox'] == [80, 80, 480, 480]
        assert 'base' in text(browser, 'legend') and text(browser, 'name') == 'fingers'
        png = browser.run('document.getElementById("canvas").toDataURL()').partition(',')[2]
        drawn = cv2.imdecode(np.frombuffer(base64.b64decode(png), np.uint8), cv2.IMREAD_COLOR)
        colour = '#{2:02x}{1:02x}{0:02x}'.format(*drawn[160, 160])
        assert colour == described['keypoint_colours'][0]
        assert not drawn[480, 480].any(), 'its score is below the threshold'
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize('name', [web.MODEL, web.DESCRIPTION, 'ort'])
def test_incomplete_page_gives_a_message(browser, page, tmp_path, name):
    process, address = serve(copy_without(page, tmp_path / 'page', name))
    try:
        browser.open(address)
        browser.run('import("./app.js").then(app => app.ready)')
        message, style = status(browser)
        assert name in message and style == 'error'
    finally:
        process.terminate()
        process.wait(30)


def test_browser_without_webassembly_gives_a_message(browser, address):
    browser.call('Page.enable')
    script = browser.call('Page.addScriptToEvaluateOnNewDocument', source='delete WebAssembly')
    try:
        browser.open(address)
        browser.run('import("./app.js").then(app => app.ready)')
        assert 'WebAssembly' in status(browser)[0]
    finally:
        browser.call('Page.removeScriptToEvaluateOnNewDocument', **script)


def random_rows(rng, count, keypoints):
    """Return (count, 6 + 3 K) float32: boxes in clusters, of two classes."""
    centres = rng.uniform(40, 216, (8, 2))[rng.integers(0, 8, count)] + rng.normal(0, 6, (count, 2))
    half = rng.uniform(20, 40, (count, 2))
    score = rng.uniform(0, 1, (count, 1))
    points = rng.uniform(0, 256, (count, 3 * keypoints))
    label = rng.integers(0, 2, (count, 1))
    rows = np.concatenate([centres - half, centres + half, score, label, points], axis=1)
    return rows.astype(np.float32)


@pytest.mark.parametrize('wnms_thr', [1.0, 0.6])
def test_selection_equals_that_of_the_runtime(script, wnms_thr):
    metadata = Metadata(
        keypoints=('a', 'b', 'c'), links=(), classes=('x', 'y'), sigmas=(), size=(256, 256),
        nms_thr=0.5, wnms_thr=wnms_thr, nms_pre=150, max_per_img=12,
    )  # fmt: skip
    rows = random_rows(np.random.default_rng(0), 400, 3)
    box = Letterbox.of((300, 500, 3), metadata.size)
    thresholds = metadata.thresholds | dict(score_thr=0.2)
    expected = select(rows[None], metadata, 1, **thresholds)[0]
    assert len(expected) == 12
    model = json.dumps(web.describe_page(metadata))
    found = script.run(f"""import('./pose.js').then(pose => {{
      const model = {model};
      const rows = pose.candidates(new Float32Array({rows.ravel().tolist()}), model);
      const place = pose.placeImage(500, 300, model.size);
      return pose.toPoses(pose.nms(rows, model, 0.2), place);
    }})""")
    points = expected[:, 6:].reshape(12, 3, 3)
    corners = box.to_image(expected[:, :4].reshape(12, 2, 2)).reshape(12, 4)
    np.testing.assert_allclose([p['score'] for p in found], expected[:, 4], atol=1e-6)
    np.testing.assert_equal([p['label'] for p in found], expected[:, 5])
    clipped = corners.clip(0, [500, 300, 500, 300])
    np.testing.assert_allclose([p['box'] for p in found], clipped, atol=1e-3)
    theirs = np.concatenate([box.to_image(points[..., :2]), points[..., 2:]], axis=2)
    np.testing.assert_allclose([p['keypoints'] for p in found], theirs, atol=1e-3)


@pytest.mark.parametrize('shape, size', [((61, 40), (64, 64)), ((37, 90), (64, 128))])
def test_letterbox_equals_that_of_the_runtime(script, shape, size):
    image = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    expected = np.empty((*size, 3), np.uint8)
    Letterbox.of(image.shape, size).warp(image, expected, (1, 2, 3))
    rgba = cv2.cvtColor(image, cv2.COLOR_BGR2RGBA).ravel().tolist()
    found = script.run(f"""import('./pose.js').then(pose => {{
      const image = new ImageData(new Uint8ClampedArray({rgba}), {shape[1]}, {shape[0]});
      const model = {{size: {list(size)}, pad_value: [1, 2, 3]}};
      const place = pose.placeImage(image.width, image.height, model.size);
      return Array.from(pose.letterbox(image, place, model));
    }})""")
    np.testing.assert_array_equal(np.reshape(found, (3, *size)), expected.transpose(2, 0, 1))
