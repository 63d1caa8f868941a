"""A prediction in n parts, each by its own job, and the merge of their results."""

import contextlib
import csv
import hashlib
import heapq
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmpose_lrfg.runtime.files import replacing, write_json
from mmpose_lrfg.utils.errors import UserError

from .run import Summary
from .sources import Source
from .writer import ResultWriter

MAX_NUMBERS = 10  # of missing parts in a message
Places = Mapping[str, tuple[int, int]]
"""By name of a source: its position among all, and what to add to the image ids of its part."""


@dataclass(frozen=True)
class Shard:
    """Part ``index`` of ``count``, from 1.

    Beside the results lies a report, ``*.report.json``, which exists only if the part is complete.
    """

    index: int
    count: int

    def pick(self, sources: Sequence[Source], scenes: bool = False) -> list[Source]:
        """Return every ``count``-th source, or every ``count``-th scene: a video, or a folder."""
        if not scenes:
            return [*sources[self.index - 1 :: self.count]]
        groups = [[*group] for _, group in itertools.groupby(sources, lambda each: each.scene)]
        return [*itertools.chain(*groups[self.index - 1 :: self.count])]

    def path(self, path: str | Path) -> Path:
        """Return the path of this part of a result: ``poses-1-of-3.json`` of ``poses.json``."""
        path = Path(path)
        return path.with_name(f'{path.stem}-{self.index}-of-{self.count}{path.suffix}')

    def report_path(self, path: str | Path) -> Path:
        """Return the path of the report beside the part of ``path``."""
        return self.path(path).with_suffix('.report.json')

    def write_report(
        self,
        path: str | Path,
        sources: Sequence[Source],
        part: Sequence[Source],
        writer: ResultWriter,
        summary: Summary,
    ) -> None:
        """Write the report of a complete part, after its results.

        Args:
            path (str | Path): Result of all parts.
            sources, part (Sequence[Source]): All sources, and those of this part.
            writer (ResultWriter), summary (Summary): Of this part.
        """
        positions = {source.name: position for position, source in enumerate(sources)}
        names = '\n'.join(positions).encode('utf-8', 'surrogateescape')
        report = dict(people=summary.people, skipped=summary.skipped, numbered=writer.ids is None)
        report['all'] = hashlib.sha256(names).hexdigest()
        report['sources'] = [[positions[s.name], s.name, writer.counts[s.name]] for s in part]
        write_json(self.report_path(path), report)


def merge(json_path: Path, csv_path: Path | None = None) -> Summary:
    """Merge the results of all parts into those that one run writes.

    Args:
        json_path, csv_path (Path): Files to write, as they were given to the jobs.

    Raises:
        UserError: If a part is missing or the parts do not belong together.
    """
    shards = _find_shards(json_path)
    _allow_open_files()
    reports = [json.loads(shard.report_path(json_path).read_text()) for shard in shards]
    for shard, report in zip(shards, reports):
        if report['all'] != reports[0]['all']:
            raise UserError(
                f'parts 1 and {shard.index} of {json_path} had different sources, as if files were '
                'added between the jobs; predict all parts again'
            )
    summary = Summary()
    for report in reports:
        summary.people += report['people']
        summary.frames += sum(frames for *_, frames in report['sources'])
        summary.skipped |= report['skipped']
    if not summary.frames:
        raise UserError(f'no image of the {len(shards)} parts of {json_path} could be decoded')
    places = _places(reports)
    for path, read, write in (
        (json_path, _read_json, _write_json),
        (csv_path, _read_csv, _write_csv),
    ):
        if path is None:
            continue
        parts = [shard.path(path) for shard, place in zip(shards, places) if place]
        for part in parts:
            if not part.is_file():
                raise UserError(f'{part} is missing: give the same --json and --csv to all jobs')
        rows = [read(part, place) for part, place in zip(parts, filter(None, places))]
        with (
            replacing(path) as temporary,
            temporary.open('w', encoding='utf-8', newline='') as file,
        ):
            try:
                write(file, (row for _, row in heapq.merge(*rows, key=lambda row: row[0])))
            except (KeyError, ValueError) as error:
                raise UserError(f'a part of {path} is damaged: {error!r}') from error
    return summary


def _allow_open_files() -> None:
    """Raise the limit of open files, usually 1024, as all parts are open at once."""
    with contextlib.suppress(ImportError):  # Windows has no such module
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _find_shards(path: Path) -> list[Shard]:
    """Return all parts of a result in order; raise a UserError if one is missing."""
    pattern = re.compile(re.escape(path.stem) + r'-(\d+)-of-(\d+)\.report\.json')
    beside = path.parent.iterdir() if path.parent.is_dir() else ()
    found = [Shard(*map(int, m.groups())) for each in beside if (m := pattern.fullmatch(each.name))]
    if not found:
        raise UserError(
            f'there is no complete part of {path}: lrfg predict --shard 1/N writes the first of N'
        )
    counts = sorted({shard.count for shard in found})
    if len(counts) > 1:
        raise UserError(
            f'there are parts of {counts[0]} and of {counts[1]} of {path}; remove those of one run'
        )
    missing = sorted(set(range(1, counts[0] + 1)) - {shard.index for shard in found})
    if missing:
        numbers = ', '.join(map(str, missing[:MAX_NUMBERS]))
        more = f' and {len(missing) - MAX_NUMBERS} more' if len(missing) > MAX_NUMBERS else ''
        raise UserError(
            f'of {counts[0]} parts of {path} these are missing or incomplete: {numbers}{more}; '
            f'predict them again, with --shard {missing[0]}/{counts[0]}'
        )
    return sorted(found, key=lambda shard: shard.index)


def _places(reports: Sequence[Mapping]) -> list[Places]:
    """Return the places of the sources with frames of each part."""
    listed = sorted(tuple(source) for report in reports for source in report['sources'])
    before = itertools.accumulate((frames for *_, frames in listed), initial=0)
    first = {name: count for (_, name, _), count in zip(listed, before)}
    found = []
    for report in reports:
        before, places = 0, {}
        for position, name, frames in report['sources']:
            if frames:
                places[name] = position, (first[name] - before) * report['numbered']
            before += frames
        found.append(places)
    return found


def _read_json(path: Path, places: Places) -> Iterator[tuple[int, str]]:
    with path.open(encoding='utf-8') as file:
        for line in file:
            if text := line.strip('[],\n'):
                record = json.loads(text)
                position, shift = places[record['file_name']]
                record['image_id'] += shift
                yield position, json.dumps(record)


def _write_json(file, rows: Iterator[str]) -> None:
    separator = '['
    for row in rows:
        file.write(separator + row)
        separator = ',\n'
    file.write('[]\n' if separator == '[' else ']\n')


def _read_csv(path: Path, places: Places) -> Iterator[tuple[int, list]]:
    with path.open(encoding='utf-8', newline='') as file:
        rows = csv.reader(file)
        header = next(rows)
        yield -1, header
        name = header.index('file_name')
        for row in rows:
            position, shift = places[row[name]]
            yield position, [int(row[0]) + shift, *row[1:]]


def _write_csv(file, rows: Iterator[list]) -> None:
    writer = csv.writer(file, lineterminator='\n')
    header = next(rows)
    writer.writerow(header)
    writer.writerows(row for row in rows if row != header)
