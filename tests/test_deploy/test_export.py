import copy
import sys
from pathlib import Path

import cv2
import onnx
import pytest
import torch

from mmpose_lrfg.deploy import network
from mmpose_lrfg.deploy.export import check_output, export
from mmpose_lrfg.deploy.network import ExportNetwork
from mmpose_lrfg.deploy.options import ExportOptions, describe
from mmpose_lrfg.deploy.writers import write_torchscript
from mmpose_lrfg.runtime.engines import open_engine
from mmpose_lrfg.utils.errors import UserError


def test_shapes_in_the_file(exported):
    graph = onnx.load(str(exported(uint8=True, dynamic=True))).graph

    def shape(value):
        return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]

    assert [v.name for v in (*graph.input, *graph.output)] == ['images', 'poses']
    assert shape(graph.input[0]) == ['batch', 'height', 'width', 3]
    assert shape(graph.output[0]) == ['batch', 'anchors', 57]
    assert not any(node.op_type == 'BatchNormalization' for node in graph.node)


@pytest.mark.parametrize(
    ('fault', 'message'),
    [
        (lambda rows: rows + 0.2, r'disagrees with the network by 0\.2 pixels'),
        (lambda rows: torch.cat([rows[:, :-1], rows[:, -1:] * float('nan')], 1), 'disagrees'),
    ],
    ids=['moved', 'nan'],
)
def test_a_file_that_disagrees_is_removed(predictor, tmp_path, monkeypatch, fault, message):
    right = network.decode_channels
    monkeypatch.setattr(network, 'decode_channels', lambda *args: fault(right(*args)))
    with pytest.raises(UserError, match=message):
        export(predictor.model, tmp_path / 'a.onnx', ExportOptions())
    assert not list(tmp_path.iterdir())


def test_paths_that_cannot_be_written(predictor, tmp_path):
    with pytest.raises(UserError, match=r'end in \.onnx'):
        export(predictor.model, tmp_path / 'a.bin', ExportOptions())
    (tmp_path / 'file').write_text('')
    with pytest.raises(OSError, match='file'):
        export(predictor.model, tmp_path / 'file' / 'a.onnx', ExportOptions())


def test_older_files_stay(predictor, tmp_path, monkeypatch):
    path = tmp_path / 'a.onnx'
    path.write_text('old')
    with pytest.raises(UserError, match=r'a\.onnx exists'):
        export(predictor.model, path, ExportOptions())

    def cut_off(*args):
        raise RuntimeError('a protobuf that was cut off')

    # The module, which the package's function of that name hides.
    module = sys.modules[export.__module__]
    monkeypatch.setattr(module, 'write_onnx', cut_off)
    for full, error in ((True, OSError), (False, RuntimeError)):
        monkeypatch.setattr(module, 'disk_full', lambda folder, full=full: full)
        with pytest.raises(error):
            export(predictor.model, path, ExportOptions(), overwrite=True)
    assert path.read_text() == 'old' and [*tmp_path.iterdir()] == [path]
    with pytest.raises(UserError, match='is an input'):
        check_output(path, ExportOptions(), True, [tmp_path / '..' / tmp_path.name / 'a.onnx'])
    path.with_suffix('.bin').write_text('weights')
    with pytest.raises(UserError, match=r'a\.bin exists'):
        check_output(tmp_path / 'a.xml', ExportOptions('openvino'), False)


def test_torchscript_on_a_full_disk_is_no_abort(predictor):
    """Torch ends the process where it cannot write."""
    metadata = describe(predictor.model, ExportOptions('torchscript'))
    network, example = ExportNetwork(predictor.model, metadata), torch.zeros(1, 3, *metadata.size)
    with pytest.raises(OSError, match='No space left'):
        write_torchscript(network, example, Path('/dev/full'))


def test_int8_is_in_backbone_and_neck(predictor, tmp_path, pictures):
    model = copy.deepcopy(predictor.model)
    # The other random networks multiply every error, which is then, rightly, refused.
    for module in model.modules():
        if hasattr(module, 'reset_parameters'):
            module.reset_parameters()
    folder = tmp_path / 'typical'
    folder.mkdir()
    options = ExportOptions(int8=True, calib=folder, uint8=True)
    with pytest.raises(UserError, match='no image'):
        export(model, tmp_path / 'a.onnx', options)
    for index, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f'{index}.png'), picture)
    path = export(model, tmp_path / 'a.onnx', options).paths[0]
    assert open_engine(path).metadata.precision == 'int8'
    graph = onnx.load(str(path)).graph
    weights = {i.name: i.data_type for i in graph.initializer}
    for node in graph.node:
        if node.op_type == 'Conv':
            # Weights in floats are inputs, those in integers come out of another node.
            in_floats = node.name.startswith(('/layers/', '/backbone/stem'))
            assert (node.input[1] in weights) == in_floats, node.name
        if node.op_type == 'Sigmoid':
            in_floats = not node.input[0].endswith('DequantizeLinear_Output')
            inside = node.name.startswith(('/backbone/stage', '/neck/'))
            assert in_floats != inside, node.name
    assert list(weights.values()).count(onnx.TensorProto.INT8) > 50
