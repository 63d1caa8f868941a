"""Videos of people who walk between things, cross and turn round, with known identities."""

from collections.abc import Iterator

import numpy as np
from scipy.spatial.transform import Rotation

from . import objects
from .background import KINDS
from .body import sample_body
from .camera import Camera
from .person import make_person
from .poses import sample_angles
from .scenes import Scene, photograph, sample_light
from .textures import choose

AREA = np.array([[-2.4, -0.5], [2.4, 3.5]])
"""Corners (x, z) of the ground on which people walk, metres."""
CAMERA = np.array([0.0, 1.7, -6.0])
"""Place of the camera in the world, metres."""
APART = 0.45  # metres between two people


def render_video(
    seed: int,
    frames: int = 150,
    people: int = 6,
    fps: float = 25.0,
    size: tuple[int, int] = (640, 384),
    pan: float = 0.0,
) -> Iterator[Scene]:
    """Render people who walk from one random place to the next, through each other's view.

    Args:
        seed (int): The same seed gives the same video.
        frames, people (int): Their numbers.
        fps (float): Frames per second.
        size (tuple[int, int]): Width and height in pixels.
        pan (float): Largest angle in degrees by which the camera swings to either side.

    Yields:
        Scene: Of each frame; the identity of a person is ``PersonLabel.number``.
    """
    rng = np.random.default_rng(seed)
    kind, bodies = choose(rng, KINDS), [sample_body(rng) for _ in range(people)]
    light, base = sample_light(rng, kind), [sample_angles(rng, 'walk') for _ in range(people)]
    things = []
    for x, z in rng.uniform(*AREA, (2, 2)):
        turn = Rotation.from_euler('Y', rng.uniform(0, 2 * np.pi)).as_matrix()
        thing = objects.KINDS[rng.integers(len(objects.KINDS))](rng)
        things += [mesh.moved((x, 0.0, z), turn) for mesh in thing]
    for time, (places, yaws, phases) in enumerate(_walk(rng, people, frames, fps)):
        walkers = [
            # The same clothes in every frame.
            make_person(
                np.random.default_rng([seed, n]), places[n], yaws[n], bodies[n], 'walk',
                _step(base[n], phases[n]),
            )
            for n in range(people)
        ]  # fmt: skip
        side = np.deg2rad(pan) * np.sin(time / fps)
        ahead = CAMERA + 6 * np.array([np.sin(side), -0.13, np.cos(side)])
        camera = Camera.look_at(CAMERA, ahead, 1.1 * size[0], *size)
        yield photograph(np.random.default_rng(seed), walkers, things, camera, light, kind)


def _walk(rng, people, frames, fps):
    """Yield places (N, 2), yaws (N,) and phases (N,) of the steps of N people, by frame."""
    places, goals = rng.uniform(*AREA, (2, people, 2))
    yaws, phases = rng.uniform(-np.pi, np.pi, (2, people))
    speeds = rng.uniform(0.7, 1.6, people)  # metres per second
    for _ in range(frames):
        yield places.copy(), yaws.copy(), phases.copy()
        arrived = np.linalg.norm(goals - places, axis=1) < 0.4
        goals[arrived] = rng.uniform(*AREA, (arrived.sum(), 2))
        turn = np.arctan2(*(goals - places).T) - yaws
        turn = (turn + np.pi) % (2 * np.pi) - np.pi
        yaws += np.clip(turn, -4 / fps, 4 / fps)
        places += speeds[:, None] / fps * np.stack([np.sin(yaws), np.cos(yaws)], axis=1)
        between = places[:, None] - places
        gaps = np.linalg.norm(between, axis=2)[..., None] + 1e-9
        places += (between / gaps * np.clip(APART - gaps, 0, None)).sum(axis=1) / 2
        phases += 2 * np.pi * speeds / 1.3 / fps  # 1.3 metres are two steps


def _step(angles, phase):
    """Return the angles of a body at a phase of its step, in radians."""
    angles = dict(angles)
    for side, at in (('l_', phase), ('r_', phase + np.pi)):
        angles[side + 'hip_flex'] = 5 + 25 * np.sin(at)
        angles[side + 'knee_flex'] = 8 + 42 * max(np.cos(at), 0)
        angles[side + 'shoulder_flex'] -= 22 * np.sin(at)
    return angles
