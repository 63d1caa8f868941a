"""The Python API: a model that predicts, evaluates, trains and exports.

Importing this module, and predicting with an exported file, needs neither torch nor MMPose.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmpose_lrfg.apis.frames import Frame, read_frames
from mmpose_lrfg.apis.offline import smooth_frames
from mmpose_lrfg.apis.run import Summary, find_classes, predict_frames, prepare
from mmpose_lrfg.apis.sources import Source, find_sources
from mmpose_lrfg.runtime import PoseEstimator, Poses
from mmpose_lrfg.runtime.engines import RUNTIMES
from mmpose_lrfg.runtime.estimator import check_image
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import BY_NAME, DEFAULT


class LRFG:
    """A pose estimator: released weights, a config with a checkpoint, or an exported file.

    Args:
        model (str | Path): ``'s6'`` or ``'n6'``; an exported file (.onnx, .xml, .pt); or a config.
        checkpoint (str | Path, optional): Trained weights of the config: a path or a web address.

    Raises:
        UserError: If it is none of these.

    Example:
        >>> model = LRFG('s6')
        >>> for poses in model.predict('photographs/'):
        ...     print(poses.path, poses.scores, poses.keypoints.shape)
        ...     poses.save(f'drawn/{poses.path}')
        >>> model.export(format='onnx')
    """

    def __init__(self, model: str | Path = DEFAULT, checkpoint: str | Path | None = None):
        name = str(model)
        self.file = self.config = self.checkpoint = self.weights = None
        if checkpoint is not None:
            self.config, self.checkpoint = name, str(checkpoint)
        elif name in BY_NAME:
            self.weights = name
            self.config, self.checkpoint = BY_NAME[name].files()
        elif Path(name).suffix.lower() in RUNTIMES:
            self.file = name
        else:
            raise UserError(
                f'unknown model {name}: give {" or ".join(BY_NAME)}, an exported file '
                f'({", ".join(RUNTIMES)}), or a config and a checkpoint'
            )
        self._opened: tuple[dict | None, object] = (None, None)

    def open(self, **options):
        """Load the network for prediction; a second call with the same options returns it again.

        Args:
            options: ``runtime`` (default: ``'auto'``), ``device``, ``precision``, ``img_size``,
                ``score_thr``, ``nms_thr``, ``batch_size``, and ``flip_test`` of a checkpoint; see
                :func:`.open_network` and :class:`PoseEstimator`.

        Returns:
            PoseEstimator | PosePredictor: Called with a list of images, it returns their poses.

        Raises:
            UserError: If it cannot be loaded with these options.
        """
        options = {name: value for name, value in options.items() if value is not None}
        if self._opened[0] == options:
            return self._opened[1]
        if self.file is None:
            from mmpose_lrfg.deploy.cache import open_network

            predictor = open_network(self.config, self.checkpoint, **options)
        else:
            if options.get('runtime') == 'torch' or options.get('flip_test'):
                raise UserError('torch and the flip test need a config and a checkpoint')
            given = {k: v for k, v in options.items() if k != 'flip_test'}
            predictor = PoseEstimator(self.file, **{'runtime': 'auto', **given})
        self._opened = (options, predictor)
        return predictor

    def predict(
        self,
        source,
        stream: bool = False,
        score_thr: float | None = None,
        classes: Sequence[str] | None = None,
        track: str | None = None,
        smooth: bool = False,
        smooth_offline: bool = False,
        stride: int = 1,
        strict: bool = False,
        batch_size: int = 8,
        **options,
    ) -> list[Poses] | Iterator[Poses]:
        """Predict the poses of images, videos, cameras and streams.

        Args:
            source: A path, folder, glob, camera (``0``) or address; an image (H, W, 3) uint8 BGR or
                of PIL; or a list of these.
            stream (bool): Return an iterator, for videos and many images: a list holds them all.
            score_thr (float, optional): Lowest score of a detection (default: the one with the
                best F1 in the validation of the model, or 0.3).
            classes (Sequence[str], optional): Classes to keep.
            track (str, optional): ``'oks'``, ``'bytetrack'`` or another of
                :data:`.tracking.TRACKERS`: people get ids.
            smooth (bool): Smooth the keypoints of tracked people.
            smooth_offline (bool): The same with the frames before and after: of files, which are
                read twice.
            stride (int): Take every ``stride``-th frame of videos.
            strict (bool): Raise for the first image that cannot be read instead of skipping it.
            batch_size (int): Images per run of the network.
            options: Of :meth:`open`.

        Returns:
            list[Poses] | Iterator[Poses]: Of each image or frame, with ``path`` and ``image``.

        Raises:
            UserError: If a source does not exist, or an option is invalid.
        """
        predictor = self.open(batch_size=batch_size, **options)
        predictor, tracker = prepare(predictor, score_thr, track, smooth)
        found = predict_frames(
            predictor,
            _frames(source, stride),
            Summary(),
            batch_size=batch_size,
            strict=strict,
            tracker=tracker,
            classes=find_classes(classes, predictor.skeleton),
        )
        if smooth_offline:
            found = smooth_frames(found, _frames(source, stride))
        results = (
            replace(poses, path=str(frame.source.path), image=frame.image) for frame, poses in found
        )
        return results if stream else list(results)

    def val(self, **options) -> dict[str, float]:
        """Evaluate on the config's test data, or on ``data``.

        Args:
            options: Of :class:`.TestOptions`: ``data``, ``img_size``, ``batch_size``,
                ``flip_test``, ``work_dir`` and others.

        Returns:
            dict[str, float]: Metrics, such as ``'coco/AP'``.

        Raises:
            UserError: If the model is an exported file, or the data cannot be read.
        """
        self._check_trained('evaluated')
        import mmpose_lrfg.register  # noqa: F401
        from mmpose_lrfg.engine.runner import TestOptions, test

        return test(TestOptions(self.config, checkpoint=self.checkpoint, **options))

    def train(self, data: str | None = None, out: str | Path | None = None, **changes) -> 'LRFG':
        """Train, starting from these weights.

        Args:
            data (str, optional): Folder, data.yaml or COCO JSON (default: the config's data).
            out (str | Path, optional): Folder of logs and checkpoints.
            changes: Of :class:`.recipe.Changes`: ``epochs``, ``img_size``, ``batch_size``, ``lr``,
                ``workers``, ``seed``.

        Returns:
            LRFG: The model with the best weights, or the last without an evaluation.

        Raises:
            UserError: If data or config are invalid.
            KeyboardInterrupt: If the training was interrupted.
        """
        self._check_trained('trained')
        if self.weights and not data:
            raise UserError('give the data to train on: train(data=...)')
        import mmpose_lrfg.register  # noqa: F401
        from mmpose_lrfg.engine import recipe, runner

        work_dir = None if out is None else str(out)
        config = None if self.weights else self.config
        written = recipe.prepare(config, work_dir, data=data, weights=self.weights, **changes)
        options = runner.TrainOptions(str(written), str(written.parent))
        if not self.weights:
            options.cfg_options = {'load_from': self.checkpoint}
        if runner.train(options):
            raise KeyboardInterrupt(f'the training in {written.parent} was interrupted')
        best = sorted(written.parent.glob('best_*.pth'), key=lambda file: file.stat().st_mtime)
        last = Path(written.parent, 'last_checkpoint')
        return LRFG(written, best[-1] if best else last.read_text())

    def export(
        self,
        format: str = 'onnx',
        out: str | Path | None = None,
        overwrite: bool = False,
        **options,
    ) -> Path:
        """Export the model to a file that predicts without torch and MMPose.

        Args:
            format (str): ``'onnx'``, ``'openvino'`` or ``'torchscript'``.
            out (str | Path, optional): The file (default: a name by checkpoint and options).
            overwrite (bool): Replace an existing file.
            options: Others of :class:`.ExportOptions`, such as ``dynamic``, ``img_size``, ``nms``.

        Returns:
            Path: The file.

        Raises:
            UserError: If it cannot be exported, the file exists, or it disagrees with PyTorch.
        """
        self._check_trained('exported')
        from mmpose_lrfg.deploy.export import export_checkpoint
        from mmpose_lrfg.deploy.options import ExportOptions

        chosen = ExportOptions(format, **options)
        return export_checkpoint(self.config, self.checkpoint, chosen, out, overwrite).paths[0]

    def _check_trained(self, done: str) -> None:
        if self.file is not None:
            raise UserError(f'{self.file} cannot be {done}: give its config and checkpoint')


def _frames(source, stride: int) -> Iterator[Frame]:
    """Yield the frames of paths, addresses, arrays and images of PIL."""
    items = source if isinstance(source, (list, tuple)) else [source]
    if all(isinstance(item, (str, int, os.PathLike)) for item in items):
        yield from read_frames(find_sources([str(item) for item in items]), stride)
        return
    for number, item in enumerate(items):
        if isinstance(item, (str, int, os.PathLike)):
            yield from read_frames(find_sources([str(item)]), stride)
        else:
            if hasattr(item, 'convert'):  # of PIL, which is optional
                item = np.asarray(item.convert('RGB'))[..., ::-1]
            image = np.ascontiguousarray(check_image(item, number))
            yield Frame(Source(Path(f'image-{number}'), f'image-{number}', False), number, image)
