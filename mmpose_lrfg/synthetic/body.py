"""Bodies: their bones, their proportions, and where the COCO keypoints are on them.

Body frame in metres: x to the person's left, y up, z to the front. In the rest pose the person
stands upright on y = 0 with arms and legs straight down.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

BONES = (
    'pelvis', 'spine', 'chest', 'neck', 'head',
    'l_clavicle', 'l_upper_arm', 'l_forearm', 'l_hand',
    'r_clavicle', 'r_upper_arm', 'r_forearm', 'r_hand',
    'l_thigh', 'l_shin', 'l_foot', 'r_thigh', 'r_shin', 'r_foot',
)  # fmt: skip
BONE = {name: i for i, name in enumerate(BONES)}
PARENTS = (-1, 0, 1, 2, 3, 2, 5, 6, 7, 2, 9, 10, 11, 0, 13, 14, 0, 16, 17)


@dataclass(frozen=True)
class Body:
    """Proportions of one person.

    Args:
        height (float): Stature in metres.
        child (float): 0 for an adult, 1 for a toddler.
        female (float): 0 to 1; shape of hips, waist, shoulders and chest.
        weight (float): Girth factor: 1 is average, 0.85 slim, 1.4 heavy.
    """

    height: float = 1.75
    child: float = 0.0
    female: float = 0.0
    weight: float = 1.0

    def mix(self, adult, toddler):
        """Interpolate between the value of an adult and that of a toddler."""
        return adult + self.child * (toddler - adult)

    @property
    def girth(self):
        """Factor from the radii of a person of 1.75 m to this one's."""
        return self.height / 1.75 * self.mix(1.0, 1.22)

    @property
    def head_height(self):
        """Chin to crown, metres."""
        return self.height * self.mix(0.130, 0.205)

    @property
    def shoulder_half(self):
        """Half the distance between the shoulder joints, metres."""
        return (
            self.height * self.mix(0.104 - 0.011 * self.female, 0.094) * (0.8 + 0.2 * self.weight)
        )

    @property
    def hip_half(self):
        """Half the distance between the hip joints, metres."""
        return self.height * (0.054 + 0.004 * self.female) * (0.75 + 0.25 * self.weight)

    @lru_cache(maxsize=64)  # noqa: B019 - few and small, and read many times per person
    def joints(self):
        """Joint positions in the rest pose, (19, 3) in the order of ``BONES``, metres."""
        hip = self.height * self.mix(0.525, 0.44)
        neck = self.height - self.head_height * 1.16
        trunk = neck - hip
        shoulder, shoulder_height = self.shoulder_half, hip + 0.83 * trunk
        elbow_height = shoulder_height - 0.172 * self.height * self.mix(1.0, 0.92)
        wrist_height = elbow_height - 0.148 * self.height * self.mix(1.0, 0.92)
        back = -0.012 * self.height
        at = {
            'pelvis': (0, hip, 0),
            'spine': (0, hip + 0.20 * trunk, back),
            'chest': (0, hip + 0.50 * trunk, back),
            'neck': (0, neck, back),
            'head': (0, self.height - self.head_height * 0.93, 0.004 * self.height),
        }
        for side, sign in (('l_', 1), ('r_', -1)):
            z = -0.008 * self.height
            at[side + 'clavicle'] = (sign * 0.2 * shoulder, shoulder_height, z)
            at[side + 'upper_arm'] = (sign * shoulder, shoulder_height, z)
            at[side + 'forearm'] = (sign * shoulder, elbow_height, z)
            at[side + 'hand'] = (sign * shoulder, wrist_height, z)
            wide = sign * self.hip_half
            at[side + 'thigh'] = (wide, hip, 0)
            at[side + 'shin'] = (wide * 0.95, hip * 0.54, 0.004 * self.height)
            at[side + 'foot'] = (wide * 0.92, 0.046 * self.height, -0.010 * self.height)
        joints = np.array([at[name] for name in BONES], float)
        joints.flags.writeable = False
        return joints

    def keypoints(self):
        """Where the 17 COCO keypoints are in the rest pose.

        Shoulders, elbows, wrists, knees and ankles are the joint centres. Hips are where annotators
        place them, a little outside and above the joint. Nose, eyes and ears are on the skin.

        Returns:
            tuple: positions (17, 3) in metres and the bone of each, (17,).
        """
        face = np.array([
            (0, 0.40, 0.50), (0.145, 0.515, 0.385), (-0.145, 0.515, 0.385),
            (0.335, 0.44, -0.02), (-0.335, 0.44, -0.02),
        ])  # fmt: skip
        names = [
            side + bone
            for bone in ('upper_arm', 'forearm', 'hand', 'thigh', 'shin', 'foot')
            for side in ('l_', 'r_')
        ]
        bones = np.array([BONE['head']] * 5 + [BONE[name] for name in names])
        points = self.joints()[bones]
        points[:5] += self.head_height * face
        points[11:13] += self.height * np.array([(0.014, 0.012, 0), (-0.014, 0.012, 0)])
        return points, bones


def sample_body(rng):
    """Return a random :class:`Body`; one in five is a child."""
    female = float(rng.random() < 0.5)
    if rng.random() < 0.18:
        child = rng.uniform(0.2, 1.0)
        height = 1.55 - 0.68 * child + rng.normal(0, 0.04)
        return Body(height, child, 0.4 * female, np.exp(rng.normal(0.0, 0.07)))
    return Body(
        height=float(np.clip(rng.normal(1.77 - 0.12 * female, 0.07), 1.45, 2.05)),
        female=float(np.clip(female + rng.normal(0, 0.15), 0, 1)),
        weight=float(np.exp(np.clip(rng.normal(0.02, 0.14), -0.16, 0.42))),
    )
