"""Bodies: their bones, their proportions, and where the COCO keypoints are on them.

Body frame in metres: x to the person's left, y up, z to the front. In the rest pose the person
stands upright on y = 0 with arms and legs straight down.
"""

from dataclasses import dataclass

import numpy as np

LIMBS = ('upper_arm', 'forearm', 'hand', 'thigh', 'shin', 'foot')
BONES = ('pelvis', 'chest', 'head', *(side + name for side in ('l_', 'r_') for name in LIMBS))
BONE = {name: i for i, name in enumerate(BONES)}
PARENTS = (-1, 0, 1, 1, 3, 4, 0, 6, 7, 1, 9, 10, 0, 12, 13)
#: The bone of each COCO keypoint.
KEYPOINT_BONES = [BONE['head']] * 5 + [BONE[s + name] for name in LIMBS for s in ('l_', 'r_')]
# Nose, eyes and ears above the chin, over the height of the head.
_FACE = ((0, 0.38, 0.50), (0.145, 0.495, 0.385), (-0.145, 0.495, 0.385), (0.335, 0.42, -0.02),
         (-0.335, 0.42, -0.02))  # fmt: skip


@dataclass(frozen=True)
class Body:
    """Proportions of one person."""

    height: float = 1.75  # metres
    child: float = 0.0  # 0 for an adult, 1 for a toddler
    female: float = 0.0  # 0 to 1; shape of hips, waist, shoulders and chest
    weight: float = 1.0  # girth: 1 is average, 0.85 slim, 1.4 heavy

    @property
    def girth(self):
        """Factor from the radii of a person of 1.75 m to this one's."""
        return self.height / 1.75 * (1 + 0.22 * self.child)

    @property
    def head_height(self):
        """Chin to crown, metres."""
        return self.height * (0.130 + 0.075 * self.child)

    @property
    def chin(self):
        """Position of the chin in the rest pose, (3,)."""
        return np.array([0, self.height - self.head_height * 0.95, 0.004 * self.height])

    def joints(self):
        """Joint positions in the rest pose, (15, 3) in the order of ``BONES``, metres."""
        hip, neck = 0.525 - 0.085 * self.child, 1 - 1.16 * self.head_height / self.height
        shoulder, arm = hip + 0.83 * (neck - hip), 1 - 0.08 * self.child
        wide = 0.104 - 0.011 * self.female - 0.010 * self.child
        wide, hips = wide * (0.8 + 0.2 * self.weight), 0.054 + 0.004 * self.female
        hips *= 0.75 + 0.25 * self.weight
        trunk = np.array([(0, hip, 0), (0, hip + 0.4 * (neck - hip), -0.012), (0, neck, 0)])
        limbs = np.array([
            (wide, shoulder, -0.008), (wide, shoulder - 0.172 * arm, -0.008),
            (wide, shoulder - 0.320 * arm, -0.008),
            (hips, hip, 0), (0.95 * hips, 0.54 * hip, 0.004), (0.92 * hips, 0.046, -0.010),
        ])  # fmt: skip
        return self.height * np.concatenate([trunk, limbs, limbs * (-1, 1, 1)])

    def keypoints(self):
        """Positions (17, 3) of the COCO keypoints in the rest pose, metres.

        Nose, eyes and ears are on the skin, the others are joint centres, but hips are where
        annotators place them, a little outside and above the joint.
        """
        points = self.joints()[KEYPOINT_BONES]
        points[:5] = self.chin + self.head_height * np.array(_FACE)
        points[11:13] += self.height * np.array([(0.014, 0.012, 0), (-0.014, 0.012, 0)])
        return points


def sample_body(rng):
    """Return a random :class:`Body`; one in five is a child."""
    child = rng.uniform(0.2, 1.0) if rng.random() < 0.18 else 0.0
    female = float(rng.random() < 0.5)
    height = 1.55 - 0.68 * child if child else 1.77 - 0.12 * female
    height = float(np.clip(height + rng.normal(0, 0.06), 0.8, 2.05))
    female = float(np.clip(female * (1 - 0.6 * (child > 0)) + rng.normal(0, 0.1), 0, 1))
    return Body(height, child, female, np.exp(np.clip(rng.normal(0.02, 0.14), -0.16, 0.42)))
