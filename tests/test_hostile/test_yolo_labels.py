"""Labels and data.yaml of YOLO-pose that are damaged, huge or of wrong types."""

import cv2
import numpy as np
import pytest
import yaml

GOOD = '0 0.5 0.5 0.4 0.4 0.5 0.5 2'
YAML = dict(train='images', kpt_shape=[1, 3], names=['person'])


def write(root, label=GOOD, data=YAML):
    """A data set of one image with one keypoint; return its folder."""
    (root / 'images').mkdir(parents=True)
    (root / 'labels').mkdir()
    cv2.imwrite(str(root / 'images' / 'a.png'), np.zeros((8, 8, 3), np.uint8))
    for name, content in (('labels/a.txt', label), ('data.yaml', data)):
        content = yaml.safe_dump(content) if isinstance(content, dict) else content
        content = content.encode() if isinstance(content, str) else content
        (root / name).write_bytes(content)
    return root


def with_word(index, word):
    words = GOOD.split()
    words[index] = word
    return ' '.join(words)


NUMBERS = ('nan', 'inf', '-inf', '1e300', '1e999', 'x', '0x10', '-9', '9' * 5000)
LABELS = [with_word(index, word) for index in (0, 1, 3, 5, 7) for word in NUMBERS]
LABELS += [GOOD + ' 0', '0', '0 ' * 100_000, '1' + GOOD[1:], '0.5' + GOOD[1:], with_word(7, '3')]
LABELS += [b'\xff\xfe\x00', b'\x80abc', GOOD.encode('utf-16'), b'0 \x00 \x01', b'\xc3\x28']


@pytest.mark.parametrize('label', LABELS, ids=range(len(LABELS)))
def test_labels(refused, tmp_path, label):
    root = write(tmp_path / 'in', label)
    assert 'a.txt' in refused(root, 'convert labels', root, tmp_path / 'out', '--to', 'coco')
    assert not (tmp_path / 'out').exists()


VALUES = (5, -1.5, True, [1], [None], [[1]], {'a': 1}, 10**30, float('nan'))
CONTENTS = [{**YAML, key: value} for key in ('train', 'names', 'kpt_shape') for value in VALUES]
CONTENTS.remove({**YAML, 'names': [1]})  # a class may be called 1
CONTENTS += [
    {**YAML, 'kpt_shape': shape}
    for shape in ([10**9, 3], [10**30, 3], [0, 3], [-1, 3], [1, 4], [1, 3.5], ['1', 3], [1])
]
CONTENTS += [{**YAML, 'flip_idx': value} for value in (5, ['a'], [1], [0, 0], {}, [None], [[0]])]
CONTENTS += [{**YAML, 'kpt_names': value} for value in (5, 'x', [1, 2], {0: 5}, {'a': ['b']})]
CONTENTS += [{**YAML, 'path': value} for value in (5, ['a'], 'x' * 5000, {})]
CONTENTS += [{**YAML, 'train': value} for value in ('missing', 'x' * 5000, 'data.yaml', 'labels')]
NESTED = ''.join(f'{b}: &{b} [{",".join([f"*{a}"] * 9)}]\n' for a, b in zip('abcdefgh', 'bcdefghi'))
CONTENTS += [
    'names: &a [*a]\nkpt_shape: [1, 3]\ntrain: images',
    '&a [*a]',
    f'a: &a [x]\n{NESTED}names: *i\nkpt_shape: [1, 3]\ntrain: images',
    f'a: &a {{x: 1}}\nnames: {{<<: [{",".join(["*a"] * 9)}]}}',
    '[' * 20_000,
    '{a: ' * 2_000,
    'names: [2020-99-99]',
    f'names: {"9" * 100_000}',
    '!!python/object/apply:os.system [ls]',
    'a\0b',
    '',
    b'\xff\xff',
    '- a: [',
    'x: !!binary "a"',
]


@pytest.mark.parametrize('content', CONTENTS, ids=range(len(CONTENTS)))
def test_data_yaml(refused, tmp_path, content):
    root = write(tmp_path / 'in', data=content)
    refused(root, 'convert labels', root, tmp_path / 'out', '--to', 'coco')
    assert not (tmp_path / 'out').exists()


def test_lists_of_images(refused, tmp_path):
    root = write(tmp_path / 'in', data={**YAML, 'train': 'list.txt'})
    for content in (b'\xff\xfe', b'absent.png', b''):
        (root / 'list.txt').write_bytes(content)
        refused(root, 'convert labels', root, tmp_path / 'out', '--to', 'coco')


def test_a_byte_order_mark_is_no_error(run_tool, tmp_path):
    root = write(tmp_path / 'in', b'\xef\xbb\xbf' + GOOD.encode())
    assert run_tool('convert labels', root, tmp_path / 'out', '--to', 'coco') == 0
