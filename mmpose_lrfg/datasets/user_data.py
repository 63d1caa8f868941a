"""Find the files of a data set that a command line names."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class UserData:
    """Annotations and images of training and validation, and the file of the metainfo."""

    train_ann: str
    train_img: str
    val_ann: str
    val_img: str
    metainfo: str | None = None


def find_user_data(data: str, work_dir: Path, validate_only: bool = False) -> UserData:
    """Return the files of a folder with annotations/train.json, train/ and the like."""
    root = Path(data)
    names = 'annotations/train.json', 'train', 'annotations/val.json', 'val'
    return UserData(*(str(root / name) for name in names))
