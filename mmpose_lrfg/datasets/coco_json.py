"""Reads the JSON of COCO-style annotations."""

import json
from pathlib import Path

from mmpose_lrfg.errors import UserError


def read_coco(path: str | Path) -> dict:
    """The content of an annotation file, with at least one image.

    Raises:
        UserError: If it cannot be read, is not JSON (with line and column), or lists no images.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except json.JSONDecodeError as error:
        raise UserError(
            f'annotation file {path} is not JSON: {error.msg} at line {error.lineno}, '
            f'column {error.colno}'
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(f'annotation file {path} is not text: {error}') from error
    except OSError as error:
        raise UserError(f'annotation file {path} cannot be read: {error.strerror}') from error
    if not isinstance(content, dict) or not content.get('images'):
        raise UserError(f'annotation file {path} lists no "images"; is it in COCO format?')
    for part in ('images', 'annotations', 'categories'):
        entries = content.setdefault(part, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise UserError(f'annotation file {path}: "{part}" is not a list of objects')
    return content
