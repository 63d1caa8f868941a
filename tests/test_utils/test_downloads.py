"""Checkpoints given by their address: whole, within limits, and the ones that are meant."""

import base64
import contextlib
import hashlib
import os
import time

import pytest
from local_server import Handler

from mmpose_lrfg.utils import downloads
from mmpose_lrfg.utils.downloads import cached_checkpoint, download
from mmpose_lrfg.utils.errors import UserError

CONTENT = b'weights' * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path):
    """A folder to serve, with a file whose name begins with no hash."""
    (tmp_path / 'served').mkdir()
    (tmp_path / 'served' / 'best.pth').write_bytes(CONTENT)
    return tmp_path / 'served'


def leftovers(path):
    """Temporary files beside ``path``."""
    return [file.name for file in path.parent.iterdir() if file.name.startswith('.')]


def test_downloaded_once_and_again_when_it_changes(folder, serve):
    server = serve(folder)
    path = cached_checkpoint(f'{server.address}/best.pth')
    assert path.read_bytes() == CONTENT and path.name == 'best.pth'
    assert cached_checkpoint(f'{server.address}/best.pth') == path
    assert server.codes == [200, 304]
    (folder / 'best.pth').write_bytes(b'newer')
    later = time.time() + 10
    os.utime(folder / 'best.pth', (later, later))
    assert cached_checkpoint(f'{server.address}/best.pth').read_bytes() == b'newer'
    assert not leftovers(path)


def test_files_of_one_name_are_kept_apart(folder, serve):
    (folder / 'other').mkdir()
    (folder / 'other' / 'best.pth').write_bytes(b'other')
    server = serve(folder)
    first = cached_checkpoint(f'{server.address}/best.pth')
    second = cached_checkpoint(f'{server.address}/other/best.pth')
    assert first.read_bytes() == CONTENT and second.read_bytes() == b'other'


@pytest.mark.parametrize('name', ['', '..', '%2e%2e%2fx', '.hidden', 'a b', 'x' * 300])
def test_names_stay_inside_the_cache(folder, serve, tmp_path, name, monkeypatch):
    monkeypatch.setattr(downloads, 'download', lambda address, path, **_: path.write_bytes(b''))
    path = cached_checkpoint(f'http://127.0.0.1/{name}', tmp_path / 'cache')
    assert path.resolve().parent.parent == (tmp_path / 'cache').resolve()
    assert not path.name.startswith('.')


@pytest.mark.parametrize('given', ['fragment', 'torch.hub', 'OpenMMLab'])
def test_a_checksum_is_compared_and_spares_the_question(folder, serve, given):
    names = {
        'fragment': f'best.pth#sha256={SHA256}',
        'torch.hub': f'best-{SHA256[:8]}.pth',
        'OpenMMLab': f'best-{SHA256[:8]}_20240101.pth',
    }
    address = names[given]
    file = folder / address.partition('#')[0]
    file.write_bytes(CONTENT)
    server = serve(folder)
    address = f'{server.address}/{address}'
    path = cached_checkpoint(address)
    assert cached_checkpoint(address) == path and server.codes == [200]
    path.write_bytes(b'damaged')
    assert cached_checkpoint(address).read_bytes() == CONTENT
    path.unlink()
    file.write_bytes(b'replaced')
    with pytest.raises(UserError, match=rf'has the SHA-256 .*, but {SHA256[:8]}\w* is expected'):
        cached_checkpoint(address)
    assert not path.exists() and not leftovers(path)


def test_a_date_is_no_checksum(folder, serve):
    (folder / 'best-20240101.pth').write_bytes(CONTENT)
    assert cached_checkpoint(f'{serve(folder).address}/best-20240101.pth').read_bytes() == CONTENT


@pytest.mark.parametrize('fragment', ['sha256=', 'sha256=xyz', 'md5=0123456789', 'part'])
def test_unreadable_checksums(fragment):
    with pytest.raises(UserError, match='expected #sha256= and 8 to 64 hexadecimal digits'):
        cached_checkpoint(f'http://127.0.0.1:1/best.pth#{fragment}')


class WithoutLength(Handler):
    """Sends a megabyte and does not announce it."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(bytes(1_000_000))


@pytest.mark.parametrize('handler', [Handler, WithoutLength])
def test_the_size_is_limited(folder, serve, handler, monkeypatch, tmp_path):
    (folder / 'large.pth').write_bytes(bytes(1_000_000))
    address = f'{serve(folder, handler).address}/large.pth'
    monkeypatch.setenv('LRFG_MAX_DOWNLOAD_MB', '0.5')
    with pytest.raises(UserError, match=r'larger than 0\.5 MB; set LRFG_MAX_DOWNLOAD_MB'):
        download(address, tmp_path / 'a.pth')
    assert not (tmp_path / 'a.pth').exists() and not leftovers(tmp_path / 'a.pth')
    monkeypatch.setenv('LRFG_MAX_DOWNLOAD_MB', '2')
    download(address, tmp_path / 'a.pth')
    assert (tmp_path / 'a.pth').stat().st_size == 1_000_000
    monkeypatch.setenv('LRFG_MAX_DOWNLOAD_MB', 'much')
    with pytest.raises(UserError, match="must be a number of megabytes > 0, got 'much'"):
        download(address, tmp_path / 'a.pth')


class BreaksOff(Handler):
    """Announces more than it sends."""

    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '1000')
        self.end_headers()
        self.wfile.write(bytes(10))


class Drips(Handler):
    """Sends a byte now and then, without end."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b'x')
                self.wfile.flush()
                time.sleep(0.02)


class Silent(Handler):
    """Takes the request and does not answer."""

    def do_GET(self):
        time.sleep(1)


class Stops(Handler):
    """Answers and then sends no more."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'x')
        time.sleep(1)


@pytest.mark.parametrize(
    ('handler', 'reason'),
    [
        (BreaksOff, 'broke off after 10 of 1000 bytes'),
        (Drips, 'less than 10 kB/s'),
        (Silent, 'cannot be downloaded: timed out$'),
        (Stops, 'cannot be downloaded: timed out$'),
    ],
)
def test_bad_servers_do_not_block(folder, serve, tmp_path, handler, reason, monkeypatch):
    monkeypatch.setattr(downloads, 'TIMEOUT', 0.3)
    (tmp_path / 'a.pth').write_bytes(b'older')
    start = time.monotonic()
    with pytest.raises(UserError, match=reason):
        download(f'{serve(folder, handler).address}/best.pth', tmp_path / 'a.pth')
    assert time.monotonic() - start < 2
    assert (tmp_path / 'a.pth').read_bytes() == b'older' and not leftovers(tmp_path / 'a.pth')


def test_unreachable_addresses(folder, serve, tmp_path):
    address = serve(folder).address
    with pytest.raises(UserError, match=r'none\.pth cannot be downloaded: 404'):
        download(f'{address}/none.pth', tmp_path / 'a.pth')
    for wrong in ('http://127.0.0.1:1/a', 'http://[::/a', 'http://127.0.0.1:port/a', 'http:///a'):
        with pytest.raises(UserError, match='cannot be downloaded'):
            download(wrong, tmp_path / 'a.pth')


class Protected(Handler):
    """Asks for a password."""

    def do_GET(self):
        if self.headers['Authorization'] == f'Basic {base64.b64encode(b"me:my word").decode()}':
            return super().do_GET()
        return self.send_error(401)


def test_a_password_is_sent_and_not_shown(folder, serve, tmp_path, capsys):
    address = serve(folder, Protected).address
    download(address.replace('//', '//me:my%20word@') + '/best.pth', tmp_path / 'a.pth')
    assert (tmp_path / 'a.pth').read_bytes() == CONTENT
    with pytest.raises(UserError, match='401') as refused:
        download(address.replace('//', '//me:secret@') + '/best.pth', tmp_path / 'b.pth')
    shown = f'{refused.value}{capsys.readouterr()}'
    assert 'secret' not in shown and 'word' not in shown
