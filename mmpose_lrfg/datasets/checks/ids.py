"""Do the parts of the file refer to each other as they should?"""

from collections import Counter
from collections.abc import Iterator

from .findings import ERROR, WARNING, Collector, Finding, Labels


def check_ids(labels: Labels) -> Iterator[Finding]:
    """Missing, repeated and dangling ids; categories that are not listed."""
    found = Collector(labels)
    _look_at_images(labels, found)
    _look_at_annotations(labels, found)
    yield from found.images('image id', ERROR, 'images without an id or a file_name')
    yield from found.images('repeated image id', ERROR, 'images whose id another has too')
    yield from found.images('repeated file', WARNING, 'images whose file is listed before')
    yield from found.annotations('annotation id', ERROR, 'annotations without an id or an image_id')
    yield from found.annotations(
        'repeated annotation id', ERROR, 'annotations whose id another has too'
    )
    yield from found.annotations(
        'id 0', WARNING, 'an annotation with id 0, which evaluation takes for "unmatched"'
    )
    yield from found.annotations(
        'dangling', WARNING, 'annotations of images that are not listed; left out'
    )
    yield from found.annotations('category', ERROR, 'annotations of a category that is not listed')
    yield from found.annotations('repeated', WARNING, 'annotations that are there twice')
    used = Counter(ann.get('image_id') for ann in labels.annotations)
    empty = sum(image.get('id') not in used for image in labels.images)
    if empty == len(labels.images):
        yield Finding('nobody', ERROR, 'no image has an annotation')


def _look_at_images(labels: Labels, found: Collector) -> None:
    ids, files = Counter(i.get('id') for i in labels.images), set()
    for position, image in enumerate(labels.images):
        if image.get('id') is None or not image.get('file_name'):
            found.add('image id', position)
        elif ids[image['id']] > 1:
            found.add('repeated image id', position, f' (id {image["id"]})')
        elif image['file_name'] in files:
            found.add('repeated file', position)
        files.add(image.get('file_name'))


def _look_at_annotations(labels: Labels, found: Collector) -> None:
    ids = Counter(ann.get('id') for ann in labels.annotations)
    categories = {category.get('id') for category in labels.content['categories']}
    contents = set()
    for position, ann in enumerate(labels.annotations):
        if ann.get('id') is None or ann.get('image_id') is None:
            found.add('annotation id', position)
        elif ids[ann['id']] > 1:
            found.add('repeated annotation id', position)
        elif ann['id'] == 0:
            found.add('id 0', position)
        if ann.get('image_id') not in labels.by_id:
            found.add('dangling', position)
        if categories and ann.get('category_id', 1) not in categories:
            found.add('category', position, f' (category {ann.get("category_id")})')
        parts = (ann.get('image_id'), ann.get('category_id'), ann.get('bbox'), ann.get('keypoints'))
        if str(parts) in contents and ann.get('keypoints'):
            found.add('repeated', position)
        contents.add(str(parts))
