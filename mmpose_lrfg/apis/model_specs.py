"""Models as a command line names them: config and checkpoint, an exported file, or results."""

from dataclasses import dataclass

from mmpose_lrfg.runtime import PoseEstimator
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.weights import BY_NAME


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
