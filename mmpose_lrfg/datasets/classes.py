"""Categories of an annotation file as labels 0, 1, ... of a network."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mmpose_lrfg.utils.errors import UserError, nearest

MOST = 127  # MMPose's codec keeps labels in 8 bits


class Classes(NamedTuple):
    """C classes in the order of their labels."""

    names: tuple[str, ...]
    category_ids: tuple[int, ...]
    """Of the annotation file; any numbers."""

    @classmethod
    def choose(
        cls, categories: Iterable[Mapping], names: Sequence[str] | None, ann_file: str
    ) -> 'Classes':
        """The named categories in that order, or all of the file by their ids.

        Args:
            categories (Iterable[Mapping]): As the file lists them, with ``id`` and ``name``.
            names (Sequence[str], optional): ``classes`` of the metainfo.
            ann_file (str): The file, named in messages.

        Raises:
            UserError: If a name is of no category, or there are more than 127.
        """
        listed = sorted(categories, key=lambda category: category['id'])
        ids = {str(category.get('name', category['id'])): category['id'] for category in listed}
        # A single class needs no name: there is nothing to mix up.
        if names is None or (len(names) == 1 == len(listed)):
            names = names or [str(category.get('name', category['id'])) for category in listed]
            chosen = cls(tuple(names), tuple(category['id'] for category in listed))
        else:
            unknown = [name for name in names if name not in ids]
            if unknown:
                raise UserError(
                    f'metainfo.classes names {unknown[0]}, but the categories of {ann_file} are '
                    f'{", ".join(ids)}.{nearest(unknown[0], ids)}'
                )
            chosen = cls(tuple(names), tuple(ids[name] for name in names))
        if len(chosen.names) > MOST:
            raise UserError(
                f'{ann_file} has {len(chosen.names)} categories; {MOST} classes are the most'
            )
        return chosen
