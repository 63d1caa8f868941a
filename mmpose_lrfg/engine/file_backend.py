"""mmengine writes files through this backend: checkpoints, ``--dump``, ``--out``, drawings."""

from mmengine.fileio import register_backend
from mmengine.fileio.backends import LocalBackend
from mmengine.fileio.io import backend_instances

from mmpose_lrfg.runtime.files import write_bytes


class WholeFilesBackend(LocalBackend):
    """The local file backend of mmengine with atomic writing."""

    def put(self, obj, filepath) -> None:
        """Write ``obj`` (bytes) to ``filepath``, or leave ``filepath`` as it was."""
        write_bytes(filepath, obj)

    def put_text(self, obj, filepath, encoding='utf-8') -> None:
        """Write ``obj`` (str) to ``filepath``, or leave ``filepath`` as it was."""
        write_bytes(filepath, obj.encode(encoding))


register_backend('local', WholeFilesBackend, force=True, prefixes='')
backend_instances.clear()  # one of the class before may be kept there
