"""Show the versions of this installation, what works, what is missing, and how to install it"""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mmpose_lrfg import __version__
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import BY_NAME

from .arguments import add_options

OK, MISSING, ERROR = 'ok', 'missing', 'error'
PYTHONS = (3, 10), (3, 13)
#: Task, the modules that it needs, and how to install them.
TASKS = (
    ('exported files', ('numpy', 'cv2', 'msgspec', 'onnxruntime'), "'mmpose_lrfg[runtime]'"),
    ('training', ('torch', 'torchvision', 'mmengine', 'mmcv', 'mmdet', 'pycocotools'), ''),
    ('MMPose', ('mmpose',), '--no-deps mmpose'),
    ('fast evaluation', ('hotcoco',), 'hotcoco'),
    ('export', ('onnx', 'onnxruntime'), "'mmpose_lrfg[export]'"),
    ('OpenVINO', ('openvino',), "'mmpose_lrfg[openvino]'"),
    ('tracking', ('trackers', 'supervision'), "'mmpose_lrfg[track]'"),
    ('Ray', ('ray', 'pyarrow'), "'mmpose_lrfg[ray]'"),
    ('mim', ('mim',), "'mmpose_lrfg[mim]'"),
)
#: Modules whose distribution has another name.
DISTRIBUTIONS = {
    'cv2': ('opencv-python-headless', 'opencv-python', 'opencv-contrib-python'),
    'mmcv': ('mmcv', 'mmcv-lite'),
    'onnxruntime': ('onnxruntime', 'onnxruntime-gpu'),
    'mim': ('openmim',),
}


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    subject: str
    status: str  # OK, MISSING or ERROR
    details: str
    fix: str = ''


def add_arguments(parser):
    add_options(parser, '--json')


def run(args):
    from mmpose_lrfg.runtime.files import write_json

    findings = [*machine(), *(packages(*task) for task in TASKS), *released_weights()]
    print(f'mmpose_lrfg {__version__} in {Path(__file__).parents[1]}')
    for each in findings:
        print(f'{each.status:<8} {each.subject:<16} {each.details}')
        if each.fix:
            print(f'{"":<25} -> {each.fix}')
    if args.json:
        write_json(args.json, [asdict(each) for each in findings])
    return 1 if any(each.status == ERROR for each in findings) else 0


def machine() -> list[Finding]:
    """Return Python, processor, free disk and GPUs."""
    supported = PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]
    fix = '' if supported else 'use Python 3.10 to 3.13'
    python = f'{platform.python_version()} ({sys.executable})'
    found = [
        Finding('Python', OK if supported else ERROR, python, fix),
        Finding('processor', OK, f'{os.cpu_count()} cores, {platform.machine()}'),
        Finding('disk', OK, f'{shutil.disk_usage(".").free / 1e9:.0f} GB free'),
    ]
    return [*found, gpus()] if importlib.util.find_spec('torch') else found


def gpus() -> Finding:
    """Return the GPUs that torch finds."""
    try:
        import torch
    except Exception as error:  # a library that is missing or of another version
        return Finding('GPU', ERROR, f'torch cannot be imported: {error}', 'install torch again')
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return Finding('GPU', OK, ', '.join(names) or 'none; everything runs on the CPU')


def packages(task: str, modules: Sequence[str], requirement: str) -> Finding:
    """Return the versions of what a task needs."""
    versions = {name: version_of(name) for name in modules}
    missing = [name for name, version in versions.items() if version is None]
    details = ', '.join(f'{name} {version or MISSING}' for name, version in versions.items())
    if not missing:
        return Finding(task, OK, details)
    return Finding(task, MISSING, details, f'pip install {requirement or " ".join(missing)}')


def version_of(module: str) -> str | None:
    """Return the version of the distribution that has a module; None if it is not installed."""
    for name in DISTRIBUTIONS.get(module, (module,)):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def released_weights() -> list[Finding]:
    """Return the released weights, compared with their checksums."""
    found = []
    for name, each in BY_NAME.items():
        try:
            found.append(Finding(f'weights {name}', OK, Path(each.path()).name))
        except UserError as error:
            found.append(Finding(f'weights {name}', ERROR, str(error), 'install mmpose_lrfg again'))
    return found
