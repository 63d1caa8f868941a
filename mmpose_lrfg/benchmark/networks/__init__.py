"""Networks of the paper's Table 2 that MMPose does not have, without their post-processing."""
