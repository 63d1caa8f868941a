"""The poses people are seen in, as tables of angle ranges in degrees.

A row names an angle and gives a range (low, high). ``l_`` and ``r_`` rows concern one side,
rows without a prefix both sides; ``pitch`` and ``roll`` tilt the whole body (forward, to the
left), ``lift`` raises it by a share of the body height. ``support`` says what carries the body:
'feet' (both on the ground), 'foot' (the lower one), 'seat', 'ground' (lowest point) or 'air'.
The sides swap at random when a pose is drawn.
"""

RELAXED_ARMS = {
    'shoulder_flex': (-12, 18), 'shoulder_abd': (6, 18), 'shoulder_twist': (-40, 0),
    'elbow_flex': (8, 40), 'forearm_twist': (-30, 20), 'grip': (15, 50),
}  # fmt: skip
RELAXED_LEGS = {'hip_abd': (1, 9), 'hip_twist': (0, 18), 'hip_flex': (-2, 6), 'knee_flex': (0, 8)}
RELAXED_TRUNK = {
    'spine_flex': (-4, 12), 'spine_side': (-5, 5), 'spine_twist': (-12, 12),
    'neck_flex': (-12, 25), 'neck_side': (-10, 10), 'neck_twist': (-45, 45),
}  # fmt: skip
RELAXED = {**RELAXED_TRUNK, **RELAXED_ARMS, **RELAXED_LEGS}
SITTING = {
    'hip_flex': (80, 100), 'hip_abd': (3, 18), 'hip_twist': (-8, 15), 'knee_flex': (70, 105),
    'spine_flex': (0, 28), 'pitch': (-12, 8), 'ankle_flex': (-5, 12),
}  # fmt: skip

# name: (how often, support, angles over RELAXED)
POSES = {
    'stand': (10, 'feet', {}),
    'contrapposto': (4, 'feet', {
        'spine_side': (4, 10), 'roll': (-5, -2), 'l_hip_abd': (8, 18), 'l_knee_flex': (10, 30),
        'l_hip_flex': (8, 22), 'l_hip_twist': (10, 35)}),
    'hands_on_hips': (3, 'feet', {
        'shoulder_abd': (38, 55), 'shoulder_flex': (-28, -10), 'shoulder_twist': (-65, -50),
        'elbow_flex': (85, 110), 'wrist_flex': (-20, 20)}),
    'one_hand_on_hip': (3, 'feet', {
        'l_shoulder_abd': (38, 55), 'l_shoulder_flex': (-28, -10), 'l_shoulder_twist': (-65, -50),
        'l_elbow_flex': (85, 110), 'l_hip_abd': (6, 16)}),
    'arms_crossed': (2, 'feet', {
        'shoulder_flex': (28, 42), 'shoulder_abd': (-8, 4), 'shoulder_twist': (-70, -55),
        'elbow_flex': (95, 112)}),
    'phone': (4, 'feet', {
        'l_shoulder_flex': (20, 45), 'l_shoulder_abd': (0, 15), 'l_shoulder_twist': (-45, -15),
        'l_elbow_flex': (90, 130), 'neck_flex': (10, 40), 'grip': (40, 70)}),
    'call': (2, 'feet', {
        'l_shoulder_flex': (30, 60), 'l_shoulder_abd': (20, 45), 'l_shoulder_twist': (-20, 10),
        'l_elbow_flex': (135, 150)}),
    'carry': (4, 'feet', {
        'shoulder_flex': (10, 45), 'shoulder_abd': (5, 20), 'shoulder_twist': (-35, -10),
        'elbow_flex': (70, 110), 'grip': (30, 60)}),
    'wave': (3, 'feet', {
        'l_shoulder_abd': (60, 120), 'l_shoulder_flex': (10, 60), 'l_shoulder_twist': (20, 80),
        'l_elbow_flex': (50, 120), 'l_grip': (0, 15)}),
    'arms_up': (4, 'feet', {
        'shoulder_flex': (130, 180), 'shoulder_abd': (-5, 30), 'elbow_flex': (0, 55),
        'neck_flex': (-30, 5), 'spine_flex': (-15, 2), 'grip': (0, 60)}),
    'arms_spread': (3, 'feet', {
        'shoulder_abd': (70, 120), 'shoulder_flex': (-15, 25), 'elbow_flex': (0, 35),
        'hip_abd': (3, 22), 'grip': (0, 30)}),
    'point': (2, 'feet', {
        'l_shoulder_flex': (70, 110), 'l_shoulder_abd': (-10, 50), 'l_elbow_flex': (0, 20)}),
    'reach_up': (3, 'feet', {
        'l_shoulder_flex': (140, 178), 'l_elbow_flex': (0, 30), 'spine_side': (-12, -2),
        'neck_flex': (-35, -10)}),
    'walk': (9, 'foot', {
        'l_hip_flex': (18, 34), 'l_knee_flex': (2, 18), 'r_hip_flex': (-24, -10),
        'r_knee_flex': (12, 40), 'l_shoulder_flex': (-30, -8), 'r_shoulder_flex': (12, 34),
        'elbow_flex': (12, 45), 'spine_twist': (-12, -3), 'pitch': (0, 6), 'hip_twist': (-3, 8),
        'hip_abd': (-3, 4), 'l_ankle_flex': (0, 15), 'r_ankle_flex': (-25, 0)}),
    'run': (7, 'foot', {
        'l_hip_flex': (45, 85), 'l_knee_flex': (60, 115), 'r_hip_flex': (-25, -5),
        'r_knee_flex': (10, 60), 'l_shoulder_flex': (-50, -25), 'r_shoulder_flex': (20, 55),
        'elbow_flex': (75, 110), 'shoulder_abd': (5, 20), 'spine_twist': (-20, -5),
        'pitch': (6, 18), 'hip_abd': (-3, 4), 'r_ankle_flex': (-45, -15), 'lift': (0, 0.06),
        'hip_twist': (-3, 5), 'grip': (40, 80)}),
    'kick': (4, 'foot', {
        'l_hip_flex': (30, 95), 'l_hip_abd': (-5, 25), 'l_knee_flex': (0, 60),
        'l_ankle_flex': (-45, -10), 'r_hip_flex': (-5, 18), 'r_knee_flex': (5, 35),
        'shoulder_abd': (30, 85), 'shoulder_flex': (-20, 40), 'elbow_flex': (10, 70),
        'pitch': (-22, 2), 'spine_twist': (-30, 5)}),
    'throw': (4, 'foot', {
        'l_shoulder_abd': (75, 120), 'l_shoulder_flex': (-25, 40), 'l_shoulder_twist': (30, 85),
        'l_elbow_flex': (60, 110), 'r_shoulder_flex': (40, 95), 'r_shoulder_abd': (0, 50),
        'r_elbow_flex': (0, 60), 'spine_twist': (5, 35), 'r_hip_flex': (20, 60),
        'r_knee_flex': (10, 50), 'l_hip_flex': (-20, 5), 'l_knee_flex': (10, 45),
        'hip_abd': (4, 15)}),
    'serve': (3, 'foot', {
        'l_shoulder_flex': (120, 178), 'l_shoulder_abd': (0, 50), 'l_elbow_flex': (10, 100),
        'r_shoulder_flex': (40, 150), 'r_elbow_flex': (5, 50), 'spine_flex': (-25, 0),
        'neck_flex': (-35, -5), 'l_hip_flex': (-20, 5), 'r_hip_flex': (0, 25),
        'knee_flex': (5, 45), 'hip_abd': (3, 15), 'l_grip': (70, 90)}),
    'forehand': (4, 'feet', {
        'l_shoulder_flex': (-10, 70), 'l_shoulder_abd': (35, 80), 'l_elbow_flex': (10, 80),
        'r_shoulder_flex': (20, 80), 'r_shoulder_abd': (10, 60), 'r_elbow_flex': (20, 90),
        'spine_twist': (-40, 40), 'spine_flex': (5, 25), 'hip_abd': (12, 32),
        'hip_flex': (15, 45), 'knee_flex': (20, 60), 'l_grip': (70, 90)}),
    'bat': (3, 'feet', {
        'l_shoulder_flex': (45, 85), 'l_shoulder_abd': (10, 50), 'l_shoulder_twist': (-40, 0),
        'r_shoulder_flex': (55, 95), 'r_shoulder_abd': (-40, -15), 'r_shoulder_twist': (-40, 0),
        'l_elbow_flex': (80, 125), 'r_elbow_flex': (50, 100), 'spine_twist': (0, 35),
        'hip_abd': (12, 26), 'hip_flex': (15, 35), 'knee_flex': (20, 45), 'spine_flex': (10, 25),
        'neck_twist': (-70, -30), 'grip': (75, 90)}),
    'jump': (5, 'air', {
        'hip_flex': (-15, 70), 'knee_flex': (10, 110), 'hip_abd': (0, 30),
        'shoulder_abd': (20, 150), 'shoulder_flex': (-20, 120), 'elbow_flex': (5, 80),
        'ankle_flex': (-45, -10), 'spine_flex': (-20, 20), 'lift': (0.06, 0.35)}),
    'star_jump': (2, 'air', {
        'hip_abd': (20, 45), 'shoulder_abd': (95, 150), 'elbow_flex': (0, 25),
        'knee_flex': (0, 25), 'lift': (0.05, 0.3), 'ankle_flex': (-45, -10)}),
    'squat': (4, 'feet', {
        'hip_flex': (75, 125), 'knee_flex': (95, 145), 'hip_abd': (8, 30), 'hip_twist': (5, 30),
        'spine_flex': (5, 35), 'pitch': (5, 30), 'shoulder_flex': (20, 80), 'elbow_flex': (10, 90),
        'ankle_flex': (10, 30)}),
    'bend_down': (4, 'feet', {
        'pitch': (25, 65), 'spine_flex': (20, 65), 'hip_flex': (35, 85), 'knee_flex': (5, 55),
        'shoulder_flex': (20, 90), 'elbow_flex': (0, 50), 'neck_flex': (-30, 30)}),
    'lunge': (3, 'foot', {
        'l_hip_flex': (60, 100), 'l_knee_flex': (60, 100), 'r_hip_flex': (-25, 0),
        'r_knee_flex': (15, 80), 'pitch': (0, 20), 'shoulder_flex': (-20, 90),
        'elbow_flex': (10, 90), 'r_ankle_flex': (-20, 25)}),
    'surf': (4, 'feet', {
        'hip_flex': (30, 75), 'knee_flex': (40, 85), 'hip_abd': (12, 32), 'spine_flex': (5, 35),
        'pitch': (5, 25), 'shoulder_abd': (35, 95), 'shoulder_flex': (-10, 50),
        'elbow_flex': (5, 60), 'neck_twist': (-70, 70), 'ankle_flex': (0, 25)}),
    'ski': (3, 'feet', {
        'hip_flex': (35, 75), 'knee_flex': (40, 75), 'hip_abd': (0, 8), 'spine_flex': (10, 35),
        'pitch': (8, 25), 'shoulder_flex': (10, 50), 'shoulder_abd': (10, 35),
        'elbow_flex': (50, 100), 'grip': (75, 90), 'ankle_flex': (5, 28)}),
    'sit': (9, 'seat', {**SITTING, 'shoulder_flex': (5, 40), 'elbow_flex': (30, 90),
                        'shoulder_twist': (-40, -5)}),
    'sit_table': (5, 'seat', {**SITTING, 'shoulder_flex': (25, 60), 'shoulder_abd': (5, 25),
                              'shoulder_twist': (-50, -15), 'elbow_flex': (55, 100),
                              'neck_flex': (0, 38)}),
    'sit_back': (3, 'seat', {**SITTING, 'pitch': (-28, -10), 'l_shoulder_abd': (20, 75),
                             'l_hip_twist': (15, 45), 'knee_flex': (45, 100)}),
    'ride': (3, 'seat', {
        'hip_flex': (50, 95), 'knee_flex': (40, 100), 'hip_abd': (2, 25), 'pitch': (5, 35),
        'shoulder_flex': (45, 85), 'elbow_flex': (5, 60), 'neck_flex': (-30, 5),
        'grip': (60, 90)}),
    'sit_floor': (3, 'ground', {
        'hip_flex': (92, 118), 'hip_abd': (35, 62), 'hip_twist': (60, 80), 'knee_flex': (105, 145),
        'spine_flex': (5, 30), 'shoulder_flex': (10, 40), 'elbow_flex': (25, 80)}),
    'sit_legs_out': (3, 'ground', {
        'hip_flex': (70, 95), 'hip_abd': (2, 22), 'knee_flex': (0, 45), 'pitch': (-28, 0),
        'shoulder_flex': (-50, 20), 'elbow_flex': (0, 30), 'shoulder_abd': (5, 25)}),
    'kneel': (3, 'ground', {
        'l_hip_flex': (75, 100), 'l_knee_flex': (80, 105), 'r_hip_flex': (-10, 15),
        'r_knee_flex': (80, 105), 'pitch': (-3, 15), 'shoulder_flex': (0, 70),
        'elbow_flex': (20, 100), 'r_ankle_flex': (-50, -20)}),
    'crawl': (2, 'ground', {
        'pitch': (70, 92), 'hip_flex': (70, 100), 'knee_flex': (75, 105), 'spine_flex': (-8, 12),
        'shoulder_flex': (70, 105), 'shoulder_abd': (0, 15), 'elbow_flex': (0, 25),
        'neck_flex': (-40, 0), 'ankle_flex': (-50, -25), 'shoulder_twist': (-10, 10)}),
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
    'push_up': (1, 'ground', {
        'pitch': (68, 80), 'hip_flex': (-8, 10), 'shoulder_flex': (65, 100), 'elbow_flex': (0, 70),
        'shoulder_abd': (0, 30), 'ankle_flex': (-5, 25), 'neck_flex': (-35, 0),
        'wrist_flex': (-65, -50)}),
    'stretch_side': (2, 'feet', {
        'spine_side': (12, 30), 'roll': (3, 14), 'hip_abd': (5, 25), 'r_shoulder_flex': (140, 180),
        'l_shoulder_abd': (5, 50)}),
    'handstand': (1, 'ground', {
        'pitch': (165, 195), 'shoulder_flex': (150, 180), 'elbow_flex': (0, 15),
        'hip_flex': (-15, 30), 'hip_abd': (0, 35), 'knee_flex': (0, 40),
        'wrist_flex': (-60, -30), 'neck_flex': (-35, 0)}),
    'balance': (2, 'foot', {
        'l_hip_flex': (40, 110), 'l_hip_abd': (0, 60), 'l_knee_flex': (30, 140),
        'shoulder_abd': (20, 130), 'elbow_flex': (0, 100)}),
}  # fmt: skip
