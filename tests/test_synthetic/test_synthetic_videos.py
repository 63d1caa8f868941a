"""Videos of rendered people: the same people from frame to frame, who walk."""

import numpy as np

from mmpose_lrfg.synthetic import render_video


def test_people_keep_their_clothes_and_walk_within_the_area():
    options = dict(frames=12, people=3, fps=12.0, size=(160, 96))
    frames = list(render_video(3, **options))
    again = list(render_video(3, **options))
    assert all((a.image == b.image).all() for a, b in zip(frames, again))
    people = [{person.number: person for person in frame.people} for frame in frames]
    assert all(set(found) == {0, 1, 2} for found in people)
    for number in range(3):
        track = [found[number] for found in people if found[number].area > 60]
        points = np.array([person.keypoints for person in track])
        shown = (points[:-1, :, 2] > 0) & (points[1:, :, 2] > 0)
        steps = np.linalg.norm(np.diff(points[..., :2], axis=0), axis=2)[shown]
        assert 0 < np.median(steps) < 12, 'pixels in a twelfth of a second'
    colours = [frame.image[p.mask].mean(axis=0) for frame in frames[:2] for p in frame.people[:1]]
    np.testing.assert_allclose(*colours, atol=12)
    # The camera that swings moves what stands still.
    still, swung = (
        list(render_video(3, people=1, size=(160, 96), frames=9, pan=pan)) for pan in (0, 30)
    )
    change = [np.abs(v[0].image[:20].astype(int) - v[8].image[:20]).mean() for v in (still, swung)]
    assert change[1] > 3 * change[0]
