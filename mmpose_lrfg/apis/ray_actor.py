"""The actors of a prediction with Ray: each predicts images and writes Parquet files.

An actor that runs an exported file imports neither torch nor MMPose.
"""

import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray
from pyarrow.fs import LocalFileSystem

from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.runtime.images import decode_bytes
from mmpose_lrfg.utils.errors import UserError

from .filesystems import Place, Table, Unit
from .frames import Frame, read_frames
from .parquet import PoseFile, column_name
from .run import Summary, find_classes, predict_frames, prepare
from .sources import VIDEOS, Source

MAX_ATTEMPTS = 4  # at a unit whose actors die


@dataclass(frozen=True)
class Job:
    """Options of a prediction.

    Args:
        score_thr, track, smooth: Of :func:`.prepare`.
        classes (Sequence[str], optional): Classes to keep.
        stride (int): Take every ``stride``-th frame of videos.
        batch_size (int): Images per run of the network.
        settings (Mapping): What the poses depend on, to compare with those of an earlier run.
    """

    score_thr: float | None = None
    track: str | None = None
    smooth: bool = False
    classes: Sequence[str] | None = None
    stride: int = 1
    batch_size: int = 8
    settings: Mapping = field(default_factory=dict)


class FileNetwork:
    """Opens an exported file on any machine.

    Args:
        path (Path): An .onnx, .xml or .pt file.
        options: Of :class:`PoseEstimator`.
    """

    def __init__(self, path: str | Path, **options):
        self.name, self.options = Path(path).name, options
        paths = [Path(path)]
        if paths[0].suffix == '.xml':
            paths.append(paths[0].with_suffix('.bin'))
        self.content = {each.name: each.read_bytes() for each in paths}

    def __call__(self) -> PoseEstimator:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in self.content.items():
                Path(folder, name).write_bytes(content)
            return PoseEstimator(Path(folder, self.name), **self.options)


@ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)
class Attempts:
    """Counts how often each unit was begun: again only after its actor died."""

    def __init__(self):
        self.counts = Counter()

    def begin(self, name: str) -> int:
        self.counts[name] += 1
        return self.counts[name]


class PoseActor:
    """Predicts one unit after the other, each into a Parquet file.

    Args:
        network (ObjectRef): A callable that returns the predictor.
        job (Job): Options.
        roots (Sequence[Place]): File systems of the units.
        out (Place): Folder of the results.
        table (Table): Columns of Parquet files of images.
        attempts (ActorHandle): :class:`Attempts` of all actors.
    """

    def __init__(
        self,
        network: 'ray.ObjectRef',
        job: Job,
        roots: Sequence[Place],
        out: Place,
        table: Table,
        attempts,
    ):
        self.network, self.job, self.roots, self.out, self.table = network, job, roots, out, table
        self.attempts = attempts

    @cached_property
    def predictor(self):
        return ray.get(self.network)()

    def __call__(self, unit: Mapping) -> dict:
        """Predict and write a unit.

        Returns:
            dict: Counts of ``inputs``, ``frames`` and ``people``; ``skipped``, names of what cannot
            be decoded; ``error``, of the user, which Ray would bury in tracebacks.
        """
        try:
            if ray.get(self.attempts.begin.remote(unit['name'])) > MAX_ATTEMPTS:
                raise UserError(
                    f'{MAX_ATTEMPTS} actors died, one after the other, on {unit["paths"][0]} to '
                    f'{unit["paths"][-1]}: of too little memory, or a file that crashes a decoder'
                )
            summary, error = self._predict(unit), ''
        except (UserError, OSError, pa.ArrowException) as problem:
            summary, error = Summary(), str(problem)
        return dict(
            inputs=unit['inputs'],
            frames=summary.frames,
            people=summary.people,
            skipped=[*summary.skipped],
            error=error,
        )

    def _predict(self, unit: Mapping) -> Summary:
        columns: dict[str, dict] = {}  # by name of the source, filled while it is read
        errors: dict[str, str] = {}
        job, summary = self.job, Summary()
        predict, tracker = prepare(self.predictor, job.score_thr, job.track, job.smooth)
        frames = self._read(Unit(**unit), columns, errors)
        skeleton = self.predictor.skeleton
        options = dict(batch_size=job.batch_size, tracker=tracker)
        options['classes'] = find_classes(job.classes, skeleton)
        path = f'{self.out.path}/{unit["name"]}'
        with PoseFile(self.out.system, path, self.table.more, job.settings, skeleton) as file:
            try:
                for frame, poses in predict_frames(predict, frames, summary, **options):
                    height, width = frame.image.shape[:2]
                    image = dict(columns[frame.source.name], width=width, height=height)
                    if frame.source.video:
                        image |= dict(frame=frame.index, seconds=round(frame.seconds, 3))
                    file.add(image, poses)
            except UserError:
                if len(summary.skipped) < len(columns):  # not because all are broken
                    raise
            for name, problem in summary.skipped.items():
                file.add_error(columns[name], errors.get(name, problem))
        return summary

    def _read(
        self, unit: Unit, columns: dict[str, dict], errors: dict[str, str]
    ) -> Iterator[Frame]:
        """Decode the images and videos of a unit; a broken one is a frame without an image."""
        root = self.roots[unit.system]
        if unit.group is not None:
            yield from self._read_rows(root, unit, columns, errors)
            return
        for path in unit.paths:
            name = f'{root.prefix}{path}'
            source = Source(Path(name), name, Path(path).suffix.lower() in VIDEOS)
            columns[name] = dict(path=name)
            try:
                if source.video:
                    yield from self._read_video(root, path, source)
                    continue
                with root.system.open_input_file(path) as file:
                    decoded = decode_bytes(np.frombuffer(file.read(), np.uint8))
                image, errors[name] = decoded
            except OSError as error:
                image, errors[name] = None, str(error)
            yield Frame(source, 0, image)

    def _read_video(self, root: Place, path: str, source: Source) -> Iterator[Frame]:
        with contextlib.ExitStack() as stack:
            local = Path(path)
            if not isinstance(root.system, LocalFileSystem):  # OpenCV reads only local files
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                local = Path(folder, local.name)
                with root.system.open_input_stream(path) as file, local.open('wb') as copy:
                    shutil.copyfileobj(file, copy)
            for frame in read_frames([replace(source, path=local)], self.job.stride):
                yield replace(frame, source=source)

    def _read_rows(
        self, root: Place, unit: Unit, columns: dict[str, dict], errors: dict[str, str]
    ) -> Iterator[Frame]:
        path = f'{root.prefix}{unit.paths[0]}'
        names = self.table.more.names
        with (
            root.system.open_input_file(unit.paths[0]) as stream,
            pq.ParquetFile(stream) as file,
        ):
            groups = range(unit.group)
            row = sum(file.metadata.row_group(group).num_rows for group in groups)
            batches = file.iter_batches(
                self.job.batch_size, row_groups=[unit.group], columns=[self.table.image, *names]
            )
            for batch in batches:
                for values in batch.to_pylist():
                    name = f'{path}#{row}'
                    content = values.pop(self.table.image) or b''
                    if isinstance(content, dict):
                        content = content['bytes'] or b''
                    kept = {column_name(key): value for key, value in values.items()}
                    columns[name] = dict(kept, path=path, row=row)
                    image, errors[name] = decode_bytes(np.frombuffer(content, np.uint8))
                    yield Frame(Source(Path(name), name, False), 0, image)
                    row += 1
