"""Body shapes: proportions and girths of adults and children, slim and heavy."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .rig import BONE, BONES


@dataclass(frozen=True)
class Body:
    """Proportions of one person.

    Args:
        height (float): Stature in metres.
        child (float): 0 an adult, 1 a toddler; moves the proportions.
        female (float): 0 to 1; hips, waist, shoulders and chest.
        weight (float): Girth factor, 1 is average, 0.85 slim, 1.4 heavy.
        muscle (float): 0 to 1; fuller arms, calves and shoulders.
        limb (float): Length factor of arms and legs, about 1.
    """

    height: float = 1.75
    child: float = 0.0
    female: float = 0.0
    weight: float = 1.0
    muscle: float = 0.4
    limb: float = 1.0

    def mix(self, adult, toddler):
        """Blend a number of an adult with that of a toddler."""
        return adult + self.child * (toddler - adult)

    @property
    def girth(self):
        """Factor from radii of the 1.75 m reference person to this one."""
        return self.height / 1.75 * self.mix(1.0, 1.22)

    @property
    def head_height(self):
        """Chin to crown, metres."""
        return self.height * self.mix(0.130, 0.205)

    @property
    def shoulder_half(self):
        """Half distance of the shoulder joints, metres."""
        lean = 0.1015 - 0.011 * self.female + 0.006 * self.muscle
        return self.height * self.mix(lean, 0.094) * (0.8 + 0.2 * self.weight)

    @property
    def hip_half(self):
        """Half distance of the hip joints, metres."""
        return self.height * (0.054 + 0.004 * self.female) * (0.75 + 0.25 * self.weight)

    def heights(self):
        """Heights above the ground at rest of the joints along the body, metres."""
        hip = self.height * self.mix(0.525, 0.44) * (1 + 0.5 * (self.limb - 1))
        neck = self.height - self.head_height * 1.16
        trunk = neck - hip
        return {
            'ankle': 0.046 * self.height,
            'knee': hip * self.mix(0.54, 0.53),
            'hip': hip,
            'spine': hip + 0.20 * trunk,
            'chest': hip + 0.50 * trunk,
            'shoulder': hip + 0.83 * trunk,
            'neck': hip + 1.0 * trunk,
            'head': self.height - self.head_height * 0.93,
        }

    @lru_cache(maxsize=64)  # noqa: B019 - few, small, and asked for a dozen times each
    def joints(self):
        """Joint positions at rest, (19, 3) in the order of :data:`~.rig.BONES`, metres."""
        h = self.heights()
        shoulder, hip = self.shoulder_half, self.hip_half
        upper = 0.172 * self.height * self.limb * self.mix(1.0, 0.92)
        fore = 0.148 * self.height * self.limb * self.mix(1.0, 0.92)
        at = {
            'pelvis': (0, h['hip'], 0),
            'spine': (0, h['spine'], -0.012 * self.height),
            'chest': (0, h['chest'], -0.012 * self.height),
            'neck': (0, h['neck'], -0.012 * self.height),
            'head': (0, h['head'], 0.004 * self.height),
        }
        for side, sign in (('l_', 1), ('r_', -1)):
            z = -0.008 * self.height
            at[side + 'clavicle'] = (sign * 0.2 * shoulder, h['shoulder'], z)
            at[side + 'upper_arm'] = (sign * shoulder, h['shoulder'], z)
            at[side + 'forearm'] = (sign * shoulder, h['shoulder'] - upper, z)
            at[side + 'hand'] = (sign * shoulder, h['shoulder'] - upper - fore, z)
            at[side + 'thigh'] = (sign * hip, h['hip'], 0)
            at[side + 'shin'] = (sign * hip * 0.95, h['knee'], 0.004 * self.height)
            at[side + 'foot'] = (sign * hip * 0.92, h['ankle'], -0.010 * self.height)
        out = np.array([at[name] for name in BONES], float)
        out.flags.writeable = False
        return out

    def markers(self):
        """Where the 17 COCO keypoints sit at rest: positions (17, 3) and bones (17,).

        Shoulders, elbows, wrists, knees and ankles are the joint centres. Hips are where
        annotators click, a little outside and above the joint. The face lies on the skin.
        """
        rest = self.joints()
        head = rest[BONE['head']]
        size = self.head_height
        points, bones = [], []

        def add(bone, offset=(0.0, 0.0, 0.0), base=None):
            start = rest[BONE[bone]] if base is None else base
            points.append(start + np.asarray(offset))
            bones.append(BONE[bone])

        add('head', (0, 0.40 * size, 0.50 * size), head)
        for sign in (1, -1):
            add('head', (sign * 0.145 * size, 0.515 * size, 0.385 * size), head)
        for sign in (1, -1):
            add('head', (sign * 0.335 * size, 0.44 * size, -0.02 * size), head)
        for bone in ('upper_arm', 'forearm', 'hand'):
            for side in ('l_', 'r_'):
                add(side + bone)
        for bone in ('thigh', 'shin', 'foot'):
            for side, sign in (('l_', 1), ('r_', -1)):
                hip = bone == 'thigh'
                add(side + bone, (0.014 * sign * self.height * hip, 0.012 * self.height * hip, 0))
        return np.array(points), np.array(bones)


def sample_body(rng):
    """A random :class:`Body`; one in five is a child."""
    female = float(rng.random() < 0.5)
    if rng.random() < 0.18:
        child = float(rng.uniform(0.2, 1.0))
        height = 1.55 - 0.68 * child + rng.normal(0, 0.04)
        weight = np.exp(rng.normal(0.0, 0.07))
        return Body(float(height), child, 0.4 * female, float(weight), 0.1, 1.0)
    height = rng.normal(1.77 - 0.12 * female, 0.07)
    weight = np.exp(np.clip(rng.normal(0.02, 0.14), -0.16, 0.42))
    return Body(
        float(np.clip(height, 1.45, 2.05)),
        0.0,
        float(np.clip(female + rng.normal(0, 0.15), 0, 1)),
        float(weight),
        float(rng.uniform(0, 1)),
        float(np.clip(rng.normal(1.0, 0.025), 0.93, 1.07)),
    )
