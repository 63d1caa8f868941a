"""Poses as tables of angle ranges in degrees: stances of the whole body, and positions of the arms.

A table maps names of angles to ranges (low, high). A name with ``l_`` or ``r_`` is of one side, a
name without a prefix of both. ``pitch`` and ``roll`` tilt the whole body forward and to the left,
``lift`` raises it by a fraction of the body height. The support is what carries the body: 'feet'
(both on the ground), 'foot' (the lower one), 'seat', 'ground' (the lowest point) or 'air'. Left and
right are swapped at random when a pose is drawn.
"""

RELAXED = {
    'spine_flex': (-4, 12), 'spine_side': (-5, 5), 'spine_twist': (-12, 12),
    'neck_flex': (-12, 25), 'neck_side': (-10, 10), 'neck_twist': (-45, 45),
    'shoulder_flex': (-12, 18), 'shoulder_abd': (6, 18), 'shoulder_twist': (-40, 0),
    'elbow_flex': (8, 40), 'forearm_twist': (-30, 20), 'grip': (15, 50),
    'hip_abd': (1, 9), 'hip_twist': (0, 18), 'hip_flex': (-2, 6), 'knee_flex': (0, 8),
}  # fmt: skip

# name: (relative frequency, ranges that replace those of RELAXED)
ARMS = {
    'relaxed': (10, {}),
    'on_hips': (3, {
        'l_shoulder_abd': (38, 55), 'l_shoulder_flex': (-28, -10), 'l_shoulder_twist': (-65, -50),
        'l_elbow_flex': (85, 110), 'r_shoulder_abd': (38, 55), 'r_shoulder_flex': (-28, -10),
        'r_shoulder_twist': (-65, -50), 'r_elbow_flex': (10, 110)}),
    'crossed': (2, {
        'shoulder_flex': (28, 42), 'shoulder_abd': (-8, 4), 'shoulder_twist': (-70, -55),
        'elbow_flex': (95, 112)}),
    'phone': (3, {
        'l_shoulder_flex': (20, 55), 'l_shoulder_abd': (0, 30), 'l_shoulder_twist': (-45, 0),
        'l_elbow_flex': (90, 150), 'l_grip': (60, 80)}),
    'carry': (3, {
        'shoulder_flex': (10, 45), 'shoulder_abd': (5, 20), 'shoulder_twist': (-35, -10),
        'elbow_flex': (70, 110), 'grip': (30, 60)}),
    'wave': (3, {
        'l_shoulder_abd': (60, 120), 'l_shoulder_flex': (10, 60), 'l_shoulder_twist': (20, 80),
        'l_elbow_flex': (50, 120), 'l_grip': (0, 15)}),
    'up': (4, {
        'shoulder_flex': (120, 180), 'shoulder_abd': (-5, 30), 'elbow_flex': (0, 55),
        'neck_flex': (-30, 5), 'grip': (0, 60)}),
    'spread': (4, {
        'shoulder_abd': (40, 120), 'shoulder_flex': (-15, 45), 'elbow_flex': (0, 60),
        'grip': (0, 30)}),
    'throw': (3, {
        'l_shoulder_abd': (75, 120), 'l_shoulder_flex': (-25, 40), 'l_shoulder_twist': (30, 85),
        'l_elbow_flex': (60, 110), 'r_shoulder_flex': (40, 95), 'r_shoulder_abd': (0, 50),
        'r_elbow_flex': (0, 60), 'spine_twist': (5, 35)}),
    'swing': (4, {
        'l_shoulder_flex': (-10, 150), 'l_shoulder_abd': (15, 80), 'l_elbow_flex': (10, 110),
        'r_shoulder_flex': (20, 95), 'r_shoulder_abd': (-30, 60), 'r_elbow_flex': (20, 100),
        'spine_twist': (-40, 40), 'spine_flex': (-15, 25), 'l_grip': (70, 90)}),
    'forward': (6, {
        'shoulder_flex': (20, 90), 'elbow_flex': (10, 100), 'shoulder_abd': (0, 25)}),
}  # fmt: skip

# name: (relative frequency, support, ranges that replace those of RELAXED and of the arms)
_SITTING = {
    'hip_flex': (80, 100), 'hip_abd': (3, 18), 'hip_twist': (-8, 15), 'knee_flex': (60, 105),
    'spine_flex': (0, 28), 'pitch': (-20, 8), 'ankle_flex': (-5, 12),
}  # fmt: skip
STANCES = {
    'stand': (34, 'feet', {}),
    'contrapposto': (9, 'feet', {
        'spine_side': (4, 10), 'roll': (-5, -2), 'l_hip_abd': (8, 18), 'l_knee_flex': (10, 30),
        'l_hip_flex': (8, 22), 'l_hip_twist': (10, 35)}),
    'walk': (9, 'foot', {
        'l_hip_flex': (18, 34), 'l_knee_flex': (2, 18), 'r_hip_flex': (-24, -10),
        'r_knee_flex': (12, 40), 'l_shoulder_flex': (-30, -8), 'spine_twist': (-12, -3),
        'pitch': (0, 6), 'hip_twist': (-3, 8), 'hip_abd': (-3, 4), 'l_ankle_flex': (0, 15),
        'r_ankle_flex': (-25, 0)}),
    'run': (7, 'foot', {
        'l_hip_flex': (45, 85), 'l_knee_flex': (60, 115), 'r_hip_flex': (-25, -5),
        'r_knee_flex': (10, 60), 'l_shoulder_flex': (-50, -25), 'r_shoulder_flex': (20, 55),
        'elbow_flex': (75, 110), 'shoulder_abd': (5, 20), 'spine_twist': (-20, -5),
        'pitch': (6, 18), 'hip_abd': (-3, 4), 'r_ankle_flex': (-45, -15), 'lift': (0, 0.06)}),
    'kick': (6, 'foot', {
        'l_hip_flex': (30, 105), 'l_hip_abd': (-5, 45), 'l_knee_flex': (0, 110),
        'l_ankle_flex': (-45, -10), 'r_hip_flex': (-5, 18), 'r_knee_flex': (5, 35),
        'shoulder_abd': (30, 85), 'pitch': (-22, 2), 'spine_twist': (-30, 5)}),
    'lunge': (5, 'foot', {
        'l_hip_flex': (30, 100), 'l_knee_flex': (30, 100), 'r_hip_flex': (-25, 0),
        'r_knee_flex': (15, 80), 'pitch': (0, 20), 'r_ankle_flex': (-20, 25)}),
    'jump': (7, 'air', {
        'hip_flex': (-15, 70), 'knee_flex': (5, 110), 'hip_abd': (0, 42),
        'shoulder_abd': (20, 150), 'shoulder_flex': (-20, 120), 'elbow_flex': (5, 80),
        'ankle_flex': (-45, -10), 'spine_flex': (-20, 20), 'lift': (0.06, 0.35)}),
    'athletic': (11, 'feet', {
        'hip_flex': (20, 75), 'knee_flex': (25, 85), 'hip_abd': (5, 32), 'spine_flex': (5, 35),
        'pitch': (5, 25), 'neck_twist': (-70, 70), 'ankle_flex': (0, 25)}),
    'squat': (4, 'feet', {
        'hip_flex': (75, 125), 'knee_flex': (95, 145), 'hip_abd': (8, 30), 'hip_twist': (5, 30),
        'spine_flex': (5, 35), 'pitch': (5, 30), 'shoulder_flex': (20, 80),
        'ankle_flex': (10, 30)}),
    'bend_down': (4, 'feet', {
        'pitch': (25, 65), 'spine_flex': (20, 65), 'hip_flex': (35, 85), 'knee_flex': (5, 55),
        'shoulder_flex': (20, 90), 'elbow_flex': (0, 50), 'neck_flex': (-30, 30)}),
    'sit': (15, 'seat', _SITTING),
    'sit_table': (5, 'seat', _SITTING | {
        'shoulder_flex': (25, 60), 'shoulder_abd': (5, 25), 'shoulder_twist': (-50, -15),
        'elbow_flex': (55, 100), 'neck_flex': (0, 38), 'pitch': (-8, 8)}),
    'sit_floor': (6, 'ground', {
        'hip_flex': (80, 118), 'hip_abd': (15, 62), 'hip_twist': (20, 80), 'knee_flex': (20, 145),
        'spine_flex': (5, 30), 'pitch': (-20, 0)}),
    'kneel': (3, 'ground', {
        'l_hip_flex': (75, 100), 'l_knee_flex': (80, 105), 'r_hip_flex': (-10, 15),
        'r_knee_flex': (80, 105), 'pitch': (-3, 15), 'r_ankle_flex': (-50, -20)}),
    'crawl': (3, 'ground', {
        'pitch': (70, 92), 'hip_flex': (0, 100), 'knee_flex': (0, 105), 'spine_flex': (-8, 12),
        'shoulder_flex': (70, 105), 'shoulder_abd': (0, 15), 'elbow_flex': (0, 50),
        'neck_flex': (-40, 0), 'ankle_flex': (-50, -5), 'shoulder_twist': (-10, 10)}),
    'lie_back': (3, 'ground', {
        'pitch': (-92, -84), 'hip_flex': (0, 40), 'knee_flex': (0, 75), 'hip_abd': (0, 22),
        'shoulder_abd': (5, 150), 'shoulder_flex': (-5, 25), 'elbow_flex': (0, 100)}),
    'lie_front': (2, 'ground', {
        'pitch': (84, 92), 'hip_abd': (0, 20), 'shoulder_flex': (20, 150),
        'shoulder_abd': (10, 60), 'elbow_flex': (20, 120), 'neck_flex': (-40, -5),
        'spine_flex': (-28, 0), 'ankle_flex': (-50, -30), 'knee_flex': (0, 60)}),
    'lie_side': (2, 'ground', {
        'roll': (82, 95), 'hip_flex': (5, 70), 'knee_flex': (5, 90), 'l_shoulder_flex': (40, 160),
        'l_elbow_flex': (30, 140), 'r_shoulder_flex': (0, 60), 'hip_abd': (-3, 8)}),
    'handstand': (1, 'ground', {
        'pitch': (165, 195), 'shoulder_flex': (150, 180), 'elbow_flex': (0, 15),
        'hip_flex': (-15, 30), 'hip_abd': (0, 35), 'knee_flex': (0, 40),
        'wrist_flex': (-60, -30), 'neck_flex': (-35, 0)}),
}  # fmt: skip
