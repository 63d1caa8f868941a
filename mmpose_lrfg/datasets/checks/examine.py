"""All checks of one annotation file and its images, and those of names, classes and anchors."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mmpose_lrfg.datasets.anchors import MIN_RECALL, letterboxed, worst_ratios
from mmpose_lrfg.datasets.coco_folder import AnnotationFile
from mmpose_lrfg.datasets.data_files import name_inside
from mmpose_lrfg.utils.errors import UserError
from mmpose_lrfg.utils.metainfo import COCO_METAINFO, Classes, read_metainfo
from mmpose_lrfg.utils.progress import track

from .annotations import check
from .duplicates import Look, SeenImages, look_at_all
from .labels import Labels
from .rules import ERROR, WARNING, Finding, Findings
from .sides import check_sides

FEW = 20  # objects of a category, which are too few unless the others have few, too


def examine(file: AnnotationFile, earlier: Sequence[Labels] = (), **network) -> Labels:
    """Run all checks.

    Args:
        file (AnnotationFile): Annotations. Without ``images``, images are not checked. Without
            ``metainfo``, keypoints are as many as most annotations have; 17 are COCO's.
        earlier (Sequence[Labels]): Splits that this one should have no image of.
        **network: ``input_size``, ``anchors``, ``ratio_thr`` of :class:`Labels`.

    Raises:
        UserError: If the file does not exist or is not in COCO's form, or a text label is wrong.
    """
    content = file.read(strict=False)
    labels = Labels(file.path, content, file.images, **network)
    labels.seen = SeenImages(file.name)
    findings = [Finding('no image', WARNING, note) for note in file.notes]
    try:
        labels.meta = read_metainfo(file.metainfo) if file.metainfo else _coco_metainfo(content)
    except UserError as error:
        findings.append(Finding('metainfo', ERROR, str(error)))
    findings += check(content, labels.num_keypoints, places=True)
    findings += check_images(labels, [each.seen for each in earlier])
    findings += check_sides(labels)
    findings += check_training(labels)
    labels.findings = sorted(findings, key=lambda finding: finding.level != ERROR)
    return labels


def _coco_metainfo(content: dict) -> dict | None:
    """Return the metainfo of COCO if the file has its keypoints."""
    if Labels(Path(), content).num_keypoints != 17:
        return None
    coco = read_metainfo(COCO_METAINFO)
    names = [coco['keypoint_id2name'][i] for i in range(17)]
    listed = [category.get('keypoints') or names for category in content['categories']]
    return coco if all(list(each) == names for each in listed) else None


def check_images(labels: Labels, earlier: Sequence[SeenImages] = ()) -> list[Finding]:
    """Decode every image, compare its size with the annotations', and search it among the others.

    Args:
        labels (Labels): The split.
        earlier (Sequence[SeenImages]): Images of other splits.
    """
    if labels.folder is None:
        return []
    found = Findings(labels.content)
    paths = [_path_of(labels, image.get('file_name')) for image in labels.images]
    images = enumerate(track(labels.images, f'decoding images of {labels.file.name}'))
    for (position, image), path, look in zip(images, paths, look_at_all(paths)):
        annotated = image.get('width'), image.get('height')
        if path is None or not path.is_file():
            found.add('missing image', position, f' is not in {labels.folder}')
        elif look.size is None:
            found.add('broken image', position, f': {look.reason}')
        else:
            if all(annotated) and annotated != look.size:
                given, expected = ('{} x {}'.format(*each) for each in (look.size, annotated))
                found.add('size', position, f': {given}, annotated: {expected}')
            _search(found, position, path, look, labels.seen, earlier)
    return found.list()


def _search(found: Findings, position: int, path: Path, look: Look, seen, earlier) -> None:
    """Search an image among those of its own and of other splits."""
    for other in earlier:
        if match := other.find(look):
            place = f': {match[1].name} of {other.split}'
            found.add(f'{match[0]} image elsewhere', position, place, match[1])
            break
    match = seen.find(look)
    seen.add(look, path, match is not None)
    if match and path != match[1]:
        found.add(f'{match[0]} image', position, f': {match[1].name}', match[1])


def _path_of(labels: Labels, name: str | None) -> Path | None:
    """Return the path of an image; None if its name leads out of the folder."""
    try:
        return labels.folder / name_inside(labels.folder, name, str(labels.file))
    except UserError:
        return None


def check_training(labels: Labels) -> Iterator[Finding]:
    """Find wrong names and classes, keypoints without annotations, objects without an anchor."""
    yield from {finding.text: finding for finding in _names(labels)}.values()
    yield from _classes(labels)
    if shares := labels.annotated:
        never = [name for name, share in shares.items() if not share]
    if shares and 0 < len(never) < len(shares):
        text = f'never annotated: {", ".join(never)}'
        yield Finding('never annotated', WARNING, text, len(never))
    yield from _sizes(labels)


def _names(labels: Labels) -> Iterator[Finding]:
    for category in labels.content['categories']:
        names = category.get('keypoints') or []
        if not labels.meta or len(names) != labels.num_keypoints:
            continue
        other = [n for n, name in enumerate(names) if name != labels.names[n]]
        if other:
            n = other[0]
            level = WARNING if set(names).isdisjoint(labels.names) else ERROR
            text = f'keypoint {n} is {names[n]} in the file, but {labels.names[n]} in the metainfo'
            yield Finding('names', level, text, len(other))


def _classes(labels: Labels) -> Iterator[Finding]:
    categories = labels.content['categories']
    try:
        Classes.choose(categories, (labels.meta or {}).get('classes'), str(labels.file))
    except UserError as error:
        yield Finding('classes', ERROR, str(error))
    counts = labels.objects
    unused = [name for name, count in counts.items() if not count]
    if unused and len(unused) < len(categories):
        text = f'no annotation of category {", ".join(unused)}'
        yield Finding('unused category', WARNING, text, len(unused))
    most = max(counts.values(), default=0)
    few = max(most / 20, min(FEW, most / 5))
    if rare := [f'{name} ({count})' for name, count in counts.items() if 0 < count < few]:
        text = f'few objects of category {", ".join(rare)}; the most frequent one has {most}'
        yield Finding('rare category', WARNING, text, len(rare))


def _sizes(labels: Labels) -> Iterator[Finding]:
    if labels.anchors is None:
        return
    found, total = Findings(labels.content), 0
    anchors = labels.anchors.reshape(-1, 2)
    for position in labels.valid:
        ann = labels.annotations[position]
        size = letterboxed([ann], [labels.by_id[ann['image_id']]], labels.input_size)
        total += len(size)
        if len(size) and worst_ratios(size, anchors).min() >= labels.ratio_thr:
            kind = 'small' if (size[0] < anchors.min(axis=0)).all() else 'no anchor'
            found.add(kind, position, f': {size[0][0]:.0f} x {size[0][1]:.0f}')
    for finding in found.list():
        finding.text += ' (at {} x {})'.format(*labels.input_size)
        if finding.count > (1 - MIN_RECALL) * total:
            finding.level = ERROR
            finding.text += '; lrfg anchors fits others'
        yield finding
