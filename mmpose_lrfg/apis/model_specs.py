"""Models as a command line names them: a network, an exported file, or results that are there."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mmpose_lrfg.utils.errors import UserError, nearest

EXPORTED = ('.onnx', '.xml')
FORMS = 'CONFIG:CHECKPOINT, an .onnx or .xml file of tools/export.py, or a .json of COCO results'


@dataclass(frozen=True)
class ModelSpec:
    """Where a model comes from.

    Attributes:
        label: What pictures and tables call it.
        config: Its config; None for a file.
        path: Its checkpoint, exported network or results.
    """

    label: str
    config: str | None
    path: str

    @property
    def is_results(self) -> bool:
        """Whether there is nothing to run."""
        return self.config is None and self.path.endswith('.json')

    def open(self, device: str = 'cpu', score_thr: float | None = None, batch_size: int = 8):
        """What turns images into poses: a :class:`PosePredictor` or :class:`ExportedPredictor`."""
        if self.config is not None:
            from .predictor import PosePredictor

            options = (device, score_thr, batch_size)
            return PosePredictor.from_files(self.config, self.path, *options).fused()
        from .exported import ExportedPredictor

        return ExportedPredictor(self.path, device, score_thr, batch_size)


def parse_specs(texts: Sequence[str]) -> list[ModelSpec]:
    """Read ``[LABEL=]CONFIG:CHECKPOINT`` or ``[LABEL=]FILE``; every model gets a label of its own.

    Without ``LABEL=`` it is the name of the config or file. Configs of one name in different
    folders, as an ablation leaves them, are called by the folders that differ.

    Raises:
        UserError: If one is of another form, or its file does not exist.
    """
    specs = _named([_parse(text) for text in texts])
    taken: Counter[str] = Counter()
    unique = []
    for spec in specs:
        taken[spec.label] += 1
        number = taken[spec.label]
        label = spec.label if number == 1 else f'{spec.label} {number}'
        unique.append(ModelSpec(label, spec.config, spec.path))
    return unique


def _parse(text: str) -> ModelSpec:
    named = re.fullmatch(r'([^=/:]+)=(.+)', text)
    label, rest = named.groups() if named else ('', text)
    config, colon, path = rest.rpartition(':')
    if colon and config:
        if config.endswith(':'):  # mmpose_lrfg::config without a checkpoint
            raise UserError(f'model {text} has no checkpoint; write {FORMS}')
        return ModelSpec(label, config, _existing(path))
    if Path(rest).suffix not in (*EXPORTED, '.json'):
        raise UserError(f'model {text} is none: write {FORMS}')
    return ModelSpec(label, None, _existing(rest))


def _named(specs: list[ModelSpec]) -> list[ModelSpec]:
    return [spec if spec.label else replace(spec, label=_name(spec, specs)) for spec in specs]


def _name(spec: ModelSpec, among: list[ModelSpec]) -> str:
    if spec.config is None:
        return Path(spec.path).name.removesuffix('.json').removesuffix('.results')
    config = Path(spec.config)
    unlabelled = [Path(other.config) for other in among if other.config and not other.label]
    others = [other for other in unlabelled if other != config and other.stem == config.stem]
    own = [
        part
        for i, part in enumerate(config.parts[:-1])
        if any(other.parts[:-1][i : i + 1] != (part,) for other in others)
    ]
    return ' '.join(own) or config.stem


def _existing(path: str) -> str:
    file = Path(path)
    if '://' not in path and not file.is_file():
        beside = [p.name for p in file.parent.glob(f'*{file.suffix}')]
        raise UserError(f'{path} does not exist.{nearest(file.name, beside)}')
    return path
