"""Converts COCO JSON to YOLO-pose text labels with their ``data.yaml``."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from mmpose_lrfg.datasets.checks.annotations import check, complete
from mmpose_lrfg.datasets.checks.rules import refuse_errors
from mmpose_lrfg.datasets.coco_folder import describe, find_images, find_splits
from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.datasets.converters.metainfo_file import find_metainfo, read_plain_metainfo
from mmpose_lrfg.datasets.converters.to_coco import Converted, fill_folder, new_folder
from mmpose_lrfg.datasets.data_files import image_size, name_inside
from mmpose_lrfg.datasets.yolo_labels import format_line
from mmpose_lrfg.utils.data_yaml import YoloSchema, check_names, data_yaml
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import flip_by_name, read_metainfo
from mmpose_lrfg.utils.progress import track


def coco_to_yolo(
    source: str | Path,
    dest: str | Path,
    images: str | Path | None = None,
    digits: int = 6,
    copy: bool = False,
) -> list[Converted]:
    """Convert COCO keypoint annotations.

    Writes ``images/SPLIT``, ``labels/SPLIT`` and ``data.yaml`` to ``dest``. Classes are the
    categories in the order of their ids. Names and pairs of keypoints are those of ``metainfo.py``
    beside ``annotations/`` or the JSON file, or else of the first category. Crowds, areas and
    segments are not part of the format.

    Args:
        source (str | Path): A folder as :func:`find_layout` takes it, or one JSON file, which
            becomes ``train``.
        dest (str | Path): A folder that does not exist, or is empty.
        images (str | Path, optional): Images of the JSON file (default: found).
        digits (int): Number of decimals.
        copy (bool): Copy the images instead of linking to them.

    Raises:
        UserError: If something is wrong; ``dest`` is not written then.
    """
    splits = _splits(Path(source), images)
    contents = {split: read_coco(file) for split, (_, file) in splits.items()}
    first = next(iter(splits))
    schema = schema_of(contents[first], splits[first][1])
    converted = []
    with new_folder(Path(dest)) as folder:
        (folder / 'images').mkdir()
        for split, (place, file) in splits.items():
            content, named = contents[split], {}
            notes = _check(content, file, schema)
            labels = set()
            for name, lines in _label_lines(content, file, place, schema, digits):
                label = folder / 'labels' / split / Path(name).with_suffix('.txt')
                if label in labels:
                    raise UserError(f'{file}: {name} has the label file of another image')
                labels.add(label)
                named[name] = (place / name).resolve()
                label.parent.mkdir(parents=True, exist_ok=True)
                if lines:
                    label.write_text('\n'.join(lines) + '\n', encoding='utf-8')
            fill_folder(folder / 'images' / split, named, copy)
            converted.append(Converted(split, describe(split, content), notes))
        (folder / 'data.yaml').write_text(data_yaml(schema, list(splits)), encoding='utf-8')
    return converted


def _splits(source: Path, images: str | Path | None) -> dict[str, tuple[Path, Path]]:
    """Return image folder and annotation file of each split."""
    if source.is_file():
        return {'train': (Path(images) if images else find_images(source), source)}
    if images is not None:
        raise UserError(f'--img-dir needs a JSON file as source, got {source}')
    return find_splits(source)


def schema_of(content: dict, file: Path) -> YoloSchema:
    """Return the classes and keypoints of an annotation file.

    Args:
        content (dict): As :func:`read_coco` returns it.
        file (Path): The file; a ``metainfo.py`` beside it has names and pairs of the keypoints.

    Raises:
        UserError: If categories are missing, or the number of keypoints is not clear.
    """
    categories = sorted(content['categories'], key=lambda c: c['id'])
    if not categories:
        raise UserError(f'{file} lists no "categories", which become the classes')
    lengths = {len(a['keypoints']) for a in content['annotations'] if a.get('keypoints')}
    if len(lengths) != 1 or min(lengths) % 3:
        raise UserError(
            f'{file}: "keypoints" must have the same multiple of 3 numbers, got {sorted(lengths)}'
        )
    count = min(lengths) // 3
    names, flip = tuple(categories[0].get('keypoints') or ()), ()
    check_names(names, f'{file}: "keypoints" of category {categories[0]["id"]}')
    if beside := find_metainfo(file):
        meta = read_metainfo(read_plain_metainfo(beside))
        names = tuple(meta['keypoint_id2name'][i] for i in range(meta['num_keypoints']))
        flip = tuple(meta['flip_indices'])
    elif len(names) == count:
        flip = flip_by_name(names)
    if names and len(names) != count:
        raise UserError(f'{file} has {count} keypoints, but {len(names)} names for them')
    return YoloSchema(
        tuple(str(c.get('name', f'category {c["id"]}')) for c in categories), count, 3, flip, names
    )


def _check(content: dict, file: Path, schema: YoloSchema) -> list[str]:
    """Refuse errors, and drop crowds and annotations of unknown images, which are noted."""
    findings = check(content, schema.num_keypoints)
    refuse_errors(file, [f for f in findings if f.kind != 'no object'], also=['no box'])
    complete(content)
    crowds = sum(bool(ann['iscrowd']) for ann in content['annotations'])
    notes = [f'{crowds} crowds are left out'] if crowds else []
    notes += [str(finding) for finding in findings if finding.kind == 'dangling']
    known = {image['id'] for image in content['images']}
    content['annotations'] = [
        ann for ann in content['annotations'] if ann['image_id'] in known and not ann['iscrowd']
    ]
    return notes


def _label_lines(
    content: dict, file: Path, place: Path, schema: YoloSchema, digits: int
) -> Iterator[tuple[str, list[str]]]:
    """Yield the file name and the label lines of every image."""
    ids = sorted(category['id'] for category in content['categories'])
    annotations = defaultdict(list)
    for ann in content['annotations']:
        annotations[ann['image_id']].append(ann)
    for number, image in enumerate(track(content['images'], f'converting {file.name}')):
        name = name_inside(place, image['file_name'], f'{file}: images[{number}].file_name')
        if not (place / name).is_file():
            raise UserError(f'{file}: image {place / name} does not exist')
        size = image.get('width'), image.get('height')
        size = size if all(size) else image_size(place / name)
        lines = []
        for ann in annotations[image['id']]:
            lines.append(format_line(ann, ids.index(ann['category_id']), schema, size, digits))
        yield name, lines
