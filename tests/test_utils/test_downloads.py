"""Checkpoints given by their address: whole, within limits, and the ones that are meant."""

import base64
import hashlib
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
    """A folder to serve, with a file whose name has no hash."""
    (tmp_path / 'served').mkdir()
    (tmp_path / 'served' / 'best.pth').write_bytes(CONTENT)
    return tmp_path / 'served'


def leftovers(path):
    """Temporary files beside ``path``."""
    return [file.name for file in path.parent.iterdir() if file.name.startswith('.')]


def test_downloaded_once(folder, serve):
    server = serve(folder)
    path = cached_checkpoint(f'{server.address}/best.pth')
    assert path.read_bytes() == CONTENT and path.name == 'best.pth'
    assert cached_checkpoint(f'{server.address}/best.pth') == path
    assert server.codes == [200] and not leftovers(path)


def test_files_of_one_name_are_kept_apart(folder, serve):
    (folder / 'other').mkdir()
    (folder / 'other' / 'best.pth').write_bytes(b'other')
    server = serve(folder)
    names = ('best.pth', 'other/best.pth')
    paths = [cached_checkpoint(f'{server.address}/{name}') for name in names]
    assert [path.read_bytes() for path in paths] == [CONTENT, b'other']


@pytest.mark.parametrize('name', ['', '..', '%2e%2e%2fx', '.hidden', 'a b', 'x' * 300])
def test_names_stay_inside_the_cache(tmp_path, name, monkeypatch):
    monkeypatch.setattr(downloads, 'download', lambda address, path, **_: path.write_bytes(b''))
    path = cached_checkpoint(f'http://127.0.0.1/{name}', tmp_path / 'cache')
    assert path.resolve().parent.parent == (tmp_path / 'cache').resolve()
    assert not path.name.startswith('.')


@pytest.mark.parametrize(
    'name',
    [f'best.pth#sha256={SHA256}', f'best-{SHA256[:8]}.pth', f'best-{SHA256[:8]}_20240101.pth'],
    ids=['fragment', 'torch.hub', 'OpenMMLab'],
)
def test_a_checksum_is_compared_and_spares_the_question(folder, serve, name):
    file = folder / name.partition('#')[0]
    file.write_bytes(CONTENT)
    server = serve(folder)
    address = f'{server.address}/{name}'
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


def sends(*parts, length=None):
    """Return a handler that sends bytes and waits for seconds."""

    class Sends(Handler):
        def do_GET(self):
            self.send_response(200)
            if length:
                self.send_header('Content-Length', str(length))
            self.end_headers()
            for part in parts:
                if isinstance(part, bytes):
                    self.wfile.write(part)
                    self.wfile.flush()
                else:
                    time.sleep(part)

    return Sends


class Silent(Handler):
    def do_GET(self):
        time.sleep(1)


@pytest.mark.parametrize('length', [None, 1_000_000])
def test_the_size_is_limited(folder, serve, length, monkeypatch, tmp_path):
    address = f'{serve(folder, sends(bytes(1_000_000), length=length)).address}/large.pth'
    for limit, reason in (
        ('0.5', r'larger than 0\.5 MB; set LRFG_MAX_DOWNLOAD_MB'),
        ('much', "must be a number of megabytes > 0, got 'much'"),
    ):
        monkeypatch.setenv('LRFG_MAX_DOWNLOAD_MB', limit)
        with pytest.raises(UserError, match=reason):
            download(address, tmp_path / 'a.pth')
        assert not (tmp_path / 'a.pth').exists() and not leftovers(tmp_path / 'a.pth')
    monkeypatch.setenv('LRFG_MAX_DOWNLOAD_MB', '2')
    download(address, tmp_path / 'a.pth')
    assert (tmp_path / 'a.pth').stat().st_size == 1_000_000


@pytest.mark.parametrize(
    ('handler', 'reason'),
    [
        (sends(bytes(10), length=1000), 'broke off after 10 of 1000 bytes'),
        (Silent, 'cannot be downloaded: timed out$'),
        (sends(b'x', 1), 'cannot be downloaded: timed out$'),
    ],
    ids=['breaks off', 'silent', 'stops'],
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
    missing = f'{serve(folder).address}/none.pth'
    for address, reason in (
        (missing, r'none\.pth cannot be downloaded: 404'),
        ('http://127.0.0.1:1/a', 'cannot be downloaded'),
        ('http://[::/a', 'cannot be downloaded'),
        ('http://127.0.0.1:port/a', 'cannot be downloaded'),
        ('http:///a', 'cannot be downloaded'),
    ):
        with pytest.raises(UserError, match=reason):
            download(address, tmp_path / 'a.pth')


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
