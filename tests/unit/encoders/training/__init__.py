"""Tests of training: one torch thread, so that cores which others use are left alone."""

import torch

torch.set_num_threads(1)
