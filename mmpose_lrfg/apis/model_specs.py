"""Models as a command line names them: config and checkpoint, an exported file, or results."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.runtime.engines import RUNTIMES
from mmpose_lrfg.utils.errors import UserError, nearest
from mmpose_lrfg.weights import BY_NAME

FORMS = 'CONFIG:CHECKPOINT, an .onnx, .xml or .pt file of lrfg export, or a .json of COCO results'


@dataclass(frozen=True)
class ModelSpec:
    """The files of a model."""

    label: str  # in figures and tables
    config: str | None  # None for an exported file and for results
    path: str  # of a checkpoint, an exported file or results

    @classmethod
    def from_weights(cls, name: str) -> 'ModelSpec':
        """Return the config and checkpoint of released weights."""
        return cls(name, *BY_NAME[name].files())

    @property
    def is_results(self) -> bool:
        """Whether it is a results file, which needs no network."""
        return self.config is None and self.path.endswith('.json')

    def open(self, runtime: str | None = None, **options):
        """Load the model as a :class:`PosePredictor` or a :class:`PoseEstimator`.

        Args:
            runtime (str, optional): ``'torch'`` for a config; as :func:`.open_engine` for an
                exported file.
            options: ``device``, ``score_thr``, ``batch_size``, ``img_size`` and others of the two.

        Raises:
            UserError: If it cannot be loaded, or the runtime does not fit the file.
        """
        if self.config is None:
            return PoseEstimator(self.path, runtime=runtime, **options)
        if runtime not in (None, 'torch'):
            raise UserError(f'a checkpoint runs in torch, not in {runtime}; export it first')
        from .predictor import PosePredictor

        return PosePredictor.from_files(self.config, self.path, **options).fused()


def parse_specs(texts: Sequence[str]) -> list[ModelSpec]:
    """Read ``[LABEL=]CONFIG:CHECKPOINT`` or ``[LABEL=]FILE``; all labels differ.

    The default label is the name of the config or file. Configs with the same name are called by
    the folders that differ, as in the output of an ablation.

    Raises:
        UserError: If a text has another form, or its file does not exist.
    """
    specs = [_parse(text) for text in texts]
    seen: Counter[str] = Counter()
    unique = []
    for spec in specs:
        label = spec.label or _label(spec, specs)
        seen[label] += 1
        number = f' {seen[label]}' if seen[label] > 1 else ''
        unique.append(replace(spec, label=label + number))
    return unique


def _parse(text: str) -> ModelSpec:
    named = re.fullmatch(r'([^=/:]+)=(.+)', text)
    label, rest = named.groups() if named else ('', text)
    config, _, path = rest.rpartition(':')
    if config.endswith(':'):  # mmpose_lrfg::config without a checkpoint
        raise UserError(f'model {text} has no checkpoint; write {FORMS}')
    if not config:
        path = rest
        if Path(path).suffix not in (*RUNTIMES, '.json'):
            raise UserError(f'unknown model {text}; write {FORMS}')
    file = Path(path)
    if not file.is_file():
        beside = [other.name for other in file.parent.glob(f'*{file.suffix}')]
        raise UserError(f'{path} does not exist.{nearest(file.name, beside)}')
    return ModelSpec(label, config or None, path)


def _label(spec: ModelSpec, specs: Sequence[ModelSpec]) -> str:
    if spec.config is None:
        return Path(spec.path).name.removesuffix('.json').removesuffix('.results')
    config = Path(spec.config)
    unlabelled = [Path(other.config) for other in specs if other.config and not other.label]
    folders = [other.parts[:-1] for other in unlabelled if other.stem == config.stem]
    levels = zip(config.parts[:-1], zip_longest(*folders))
    return ' '.join(part for part, level in levels if len(set(level)) > 1) or config.stem
