"""Converts COCO JSON to YOLO-pose text labels with their ``data.yaml``."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from mmpose_lrfg.datasets.coco_checks import check, complete
from mmpose_lrfg.datasets.coco_folder import LAYOUTS
from mmpose_lrfg.datasets.coco_json import read_coco
from mmpose_lrfg.datasets.coco_rules import refuse_errors
from mmpose_lrfg.datasets.coco_subset import fill_folder
from mmpose_lrfg.datasets.converters.data_yaml import SPLITS, data_yaml
from mmpose_lrfg.datasets.converters.metainfo_file import find_metainfo, read_plain_metainfo
from mmpose_lrfg.datasets.converters.to_coco import Counts, new_folder
from mmpose_lrfg.datasets.converters.yolo_labels import YoloSchema, check_names, format_line
from mmpose_lrfg.datasets.data_files import name_inside
from mmpose_lrfg.datasets.image_files import image_size
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import flip_by_name, read_metainfo


def coco_to_yolo(
    source: str | Path,
    dest: str | Path,
    images: str | Path | None = None,
    metainfo: str | None = None,
    values: int = 3,
    digits: int = 6,
    copy: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Counts]:
    """Convert COCO keypoint annotations.

    Writes ``images/SPLIT``, ``labels/SPLIT`` and ``data.yaml`` to ``dest``. Classes are the
    categories in the order of their ids. Crowds, areas and segments are not part of the format.

    Args:
        source (str | Path): A folder with ``train/``, ``val/`` and ``annotations/train.json``,
            ``val.json`` (or COCO's own names), or one JSON file, which becomes ``train``.
        dest (str | Path): A folder that does not exist, or is empty.
        images (str | Path, optional): Images of the JSON file (default: its own folder).
        metainfo (str, optional): File with ``dataset_info``, for names and flip indices (default:
            ``metainfo.py`` beside ``annotations/`` or the JSON file, read as plain data, or else
            the names of the first category, with pairs by left and right in them).
        values (int): 3 for x, y, visibility of a keypoint, 2 without visibility.
        digits (int): Number of decimals.
        copy (bool): Copy the images instead of linking to them.
        on_progress (Callable[[int, int], None]): Called with images done and in all.

    Raises:
        UserError: If something is wrong; ``dest`` is not written then.
    """
    splits = _splits(Path(source), images)
    contents = {split: read_coco(file) for split, (file, _) in splits.items()}
    first = next(iter(contents.values()))
    schema = _schema(first, str(next(iter(splits.values()))[0]), metainfo, values)
    total = sum(len(content['images']) for content in contents.values())
    counts: list[Counts] = []
    with new_folder(Path(dest)) as folder:
        for split, content in contents.items():
            file, place = splits[split]
            before = sum(each.images for each in counts)
            labels, count = _labels(split, content, file, place, schema, digits)
            wanted = {}
            for done, (name, lines) in enumerate(labels.items(), 1):
                wanted[name] = (place / name).resolve()
                path = folder / 'labels' / split / Path(name).with_suffix('.txt')
                path.parent.mkdir(parents=True, exist_ok=True)
                if lines:
                    path.write_text('\n'.join(lines) + '\n', encoding='utf-8')
                on_progress(before + done, total)
            (folder / 'images').mkdir(exist_ok=True)
            fill_folder(folder / 'images' / split, wanted, copy)
            counts.append(count)
        (folder / 'data.yaml').write_text(data_yaml(schema, list(splits)), encoding='utf-8')
    return counts


def _splits(source: Path, images: str | Path | None) -> dict[str, tuple[Path, Path]]:
    """Return annotation file and image folder of each split."""
    if source.is_file():
        return {'train': (source, Path(images) if images else source.parent)}
    if images is not None:
        raise UserError(f'--images needs a JSON file as source, got {source}')
    found = {}
    for split in SPLITS:
        for folder, file in LAYOUTS:
            place, annotations = source / folder.format(split), source / file.format(split)
            if annotations.is_file() and place.is_dir():
                found.setdefault(split, (annotations, place))
    if not found:
        wanted = ' or '.join(f'{b.format("train")} with {a.format("train")}/' for a, b in LAYOUTS)
        raise UserError(f'{source} has no data set: it needs {wanted}, or name one JSON file')
    return found


def _schema(content: dict, file: str, metainfo: str | None, values: int) -> YoloSchema:
    categories = sorted(content.get('categories') or (), key=lambda c: c['id'])
    if not categories:
        raise UserError(f'{file} lists no "categories", which become the classes')
    lengths = {len(a['keypoints']) for a in content['annotations'] if a.get('keypoints')}
    if len(lengths) != 1 or min(lengths) % 3:
        raise UserError(f'{file}: annotations have {sorted(lengths)} numbers in "keypoints", not '
                        'all the same multiple of 3')  # fmt: skip
    count = min(lengths) // 3
    names, flip = tuple(categories[0].get('keypoints') or ()), ()
    check_names(names, f'{file}: "keypoints" of category {categories[0]["id"]}')
    beside = find_metainfo(Path(file))
    if metainfo or beside:
        meta = read_metainfo(dict(from_file=metainfo) if metainfo else read_plain_metainfo(beside))
        names = tuple(meta['keypoint_id2name'][i] for i in range(meta['num_keypoints']))
        flip = tuple(meta['flip_indices'])
    elif len(names) == count:
        flip = flip_by_name(names)
    if names and len(names) != count:
        raise UserError(f'{file} has {count} keypoints, but {len(names)} names for them')
    return YoloSchema(tuple(str(c['name']) for c in categories), count, values, flip, names)


def _labels(split, content: dict, file: Path, place: Path, schema: YoloSchema, digits: int):
    """Return the lines of every image by its file name, and the counts."""
    findings = check(content, schema.num_keypoints)
    refuse_errors(file, [f for f in findings if f.kind != 'no object'], also=['no box'])
    complete(content)
    ids = sorted(category['id'] for category in content['categories'])
    by_image, count = defaultdict(list), Counts(split)
    for ann in content['annotations']:
        by_image[ann['image_id']].append(ann)
    labels: dict[str, list[str]] = {}
    crowds = 0
    for number, image in enumerate(content['images']):
        name = name_inside(place, image.get('file_name'), f'{file}: images[{number}].file_name')
        anns = by_image.pop(image['id'], [])
        if not (place / name).is_file():
            raise UserError(f'{file}: image {place / name} does not exist')
        if name in labels:
            raise UserError(f'{file} lists {name} twice')
        size = image.get('width'), image.get('height')
        size = size if all(size) else image_size(place / name)
        crowds += sum(bool(ann['iscrowd']) for ann in anns)
        anns = [ann for ann in anns if not ann['iscrowd']]
        for ann in anns:
            kind = schema.classes[ids.index(ann['category_id'])]
            count.objects[kind] = count.objects.get(kind, 0) + 1
            count.keypoints += sum(v > 0 for v in (ann.get('keypoints') or ())[2::3])
        labels[name] = [
            format_line(ann, ids.index(ann['category_id']), schema, size, digits) for ann in anns
        ]
        count.background += not anns
    count.images = len(labels)
    stems = {Path(name).with_suffix('') for name in labels}
    if len(stems) < len(labels):
        raise UserError(f'{file}: two images differ only in their suffix, so in no label file')
    if crowds:
        count.notes.append(f'{crowds} crowds are left out')
    if by_image:
        count.notes.append(f'annotations of {len(by_image)} images that are not listed are ignored')
    return labels, count
