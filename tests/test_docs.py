"""Commands, links and sizes of README.md, docs/ and the READMEs of configs/."""

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import cards
import pytest
from toy_media import write_video

from mmpose_lrfg.cli.main import build_parser, find_command, main
from mmpose_lrfg.datasets.converters import coco_to_yolo

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / 'README.md', *ROOT.glob('docs/**/*.md'), *ROOT.glob('configs/**/README.md')]
PAGE_LINES, README_LINES = 200, 120
# Files of the user that commands on the pages name; configs of the package are not among them.
THEIRS = re.compile(r'(?!.*\.py$).+\..+|.*/.*|my_\w+(\.py)?|CHECKPOINT|CONFIG|FOLDER')


def name_of(path):
    return str(path.relative_to(ROOT))


def commands():
    """Yield (page, command) of every line of bash blocks; continued lines are joined."""
    for page in PAGES:
        for block in re.findall(r'```bash\n(.*?)```', page.read_text(), re.DOTALL):
            for line in block.replace('\\\n', ' ').splitlines():
                words = shlex.split(line, comments=True)
                while words and re.fullmatch(r'\w+=.*', words[0]):
                    words.pop(0)
                if words:
                    yield name_of(page), words


COMMANDS = list(commands())
LRFG = [(page, words[1:]) for page, words in COMMANDS if words[0] == 'lrfg']


def expand(words):
    """Replace patterns of paths in the repository, as the shell does."""
    for word in words:
        found = sorted(ROOT.glob(word)) if word.startswith('configs/') and '*' in word else None
        yield from map(str, found or [word])


def make_files(words):
    """Make the files and folders that a command names, in the working directory."""
    for word in words:
        name = word.split('=')[-1]
        path = Path(name)
        if word[0] == '-' or '://' in name or path.exists() or not THEIRS.fullmatch(name):
            continue
        if path.suffix or word.isupper():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('{}' if path.suffix == '.json' else '')
        else:
            path.mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize('page, words', LRFG, ids=lambda value: str(value)[:60])
def test_command_parses(page, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = list(expand(words))
    make_files(words)
    if words[0] in ('--help', '--version'):
        assert main(words) == 0
        return
    command, rest = find_command(words)
    try:
        build_parser(command).parse_args(rest)
    except SystemExit as end:
        assert end.code == 0, words


def test_other_commands_exist():
    targets = re.findall(r'^([a-z-]+):', (ROOT / 'Makefile').read_text(), re.MULTILINE)
    extras = {path.stem for path in ROOT.glob('requirements/*.txt')}
    configs = {path.name for path in ROOT.glob('configs/**/*.py')}
    for page, (program, *words) in COMMANDS:
        if program == 'make':
            assert {word for word in words if '=' not in word} <= set(targets), (page, words)
        elif program == 'mim' and words[0] in ('train', 'test'):
            assert words[1] == 'mmpose_lrfg' and words[2] in configs, (page, words)
        elif program in ('python', 'bash') and words[0].endswith(('.py', '.sh')):
            assert (ROOT / words[0]).is_file(), (page, words)
        elif program.startswith('tools/'):
            assert (ROOT / program).is_file(), (page, program)
            named = words[0] if '.' in words[0] else program  # a config, or the name of a part
            assert (ROOT / named).is_file(), (page, words)
        elif program == 'pip':
            for wanted in re.findall(r'\[([\w,]+)\]', ' '.join(words)):
                assert set(wanted.split(',')) <= extras, (page, wanted)


TRAINED = 'work_dirs/cards/config.py work_dirs/cards/epoch_20.pth'
#: Cheap commands of the pages, in this order, each with what makes it small here.
RUN = {
    'lrfg doctor': '',
    'lrfg info configs/ablation/*.py': '--img-size 64',
    'lrfg benchmark models --list': '',
    'lrfg synthesize data/people --train 600 --val 120': '--train 2 --val 1',
    'lrfg check data/cards': '',
    'lrfg convert labels cards_coco cards_yolo --to yolo': '',
    'lrfg predict photo.jpg': '--weights n6 --img-size 128 --runtime torch',
    'lrfg export --format onnx --uint8 --dynamic --out lrfg.onnx': '--weights n6 --img-size 128',
    'lrfg train --data data/cards --weights n6 --img-size 192 --epochs 20 --batch-size 16 --out '
    'work_dirs/cards': '--img-size 64 --epochs 1 --batch-size 2 --workers 0',
    f'lrfg val {TRAINED} --work-dir work_dirs/cards/val': '--workers 0',
    'lrfg predict images/ --config work_dirs/cards/config.py --checkpoint '
    'work_dirs/cards/epoch_20.pth --out drawn': '--runtime torch',
    f'lrfg export {TRAINED} --dynamic --out cards.onnx': '',
    'lrfg anchors work_dirs/cards/config.py': '',
    'lrfg check cards_coco/annotations/train.json --fix repaired.json --draw findings/': '',
    'lrfg publish lrfg-s6_coco-512 s6 --out s6.pth': '',
    'lrfg compare photos/ --out compared': '--models n6',
    'lrfg predict photos/ clip.mp4': '--weights n6 --img-size 128 --runtime torch',
    'lrfg benchmark models --models table2 --counts': '--img-size 64',
}


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A working directory with the files that the commands of RUN read."""
    folder = tmp_path_factory.mktemp('docs')
    cards.write_cards(folder / 'cards_coco')
    coco_to_yolo(folder / 'cards_coco', folder / 'data' / 'cards')
    for name in ('photo.jpg', 'images/photo.jpg', 'photos/photo.jpg'):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / 'docs' / 'images' / 'photographs.jpg', folder / name)
    write_video(folder / 'clip.mp4')
    # Stands for the last epoch of the training that the pages show.
    (folder / 'work_dirs' / 'cards').mkdir(parents=True)
    (folder / 'work_dirs' / 'cards' / 'epoch_20.pth').symlink_to('epoch_1.pth')
    return folder


@pytest.mark.parametrize('line', RUN, ids=lambda line: line[:40])
def test_command_runs(line, folder, monkeypatch):
    words = shlex.split(line)
    assert words in [words for _, words in COMMANDS], f'no longer on a page: {line}'
    monkeypatch.chdir(folder)
    assert not main([*expand(words[1:]), *RUN[line].split()])


def test_tutorial_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = json.loads((ROOT / 'docs' / 'tutorial.ipynb').read_text())['cells']
    names = {'__name__': 'tutorial'}
    for cell in cells:
        if cell['cell_type'] != 'code':
            continue
        code = ''.join(cell['source'])
        if 'parameters' in cell['metadata'].get('tags', ()):
            code = 'TRAIN, VAL, EPOCHS, SIZE = 4, 2, 1, 64'
        exec(compile(code, 'tutorial.ipynb', 'exec'), names)
    assert not any(cell.get('outputs') for cell in cells)


def slug(heading):
    text = re.sub(r'[`*]|\[([^]]*)\]\([^)]*\)', r'\1', heading)
    return re.sub(r'\s', '-', re.sub(r'[^\w\s-]', '', text.strip().lower()))


def anchors(page):
    return {slug(text) for text in re.findall(r'^#+ (.+)$', page.read_text(), re.MULTILINE)}


@pytest.mark.parametrize('page', PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    for link in re.findall(r'\]\(([^)\s]+)\)', page.read_text()):
        if '://' in link:
            continue
        target, _, anchor = link.partition('#')
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), link
        assert not anchor or anchor in anchors(path), link


@pytest.mark.parametrize('page', PAGES, ids=name_of)
def test_page_is_short(page):
    most = README_LINES if page.name == 'README.md' else PAGE_LINES
    assert len(page.read_text().splitlines()) <= most


def test_python_blocks_compile():
    for page in PAGES:
        for block in re.findall(r'```python\n(.*?)```', page.read_text(), re.DOTALL):
            ast.parse(block.replace('{{', '"').replace('}}', '"'), name_of(page))


def test_command_reference_needs_no_torch():
    code = (
        'import sys; sys.path.insert(0, "docs"); from hooks import command_reference\n'
        'print(command_reference())\n'
        'sys.exit(any(name in sys.modules for name in ("torch", "numpy", "mmengine", "cv2")))'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert '### lrfg benchmark formats' in done.stdout
    assert '--weights {s6,n6}' in done.stdout
