import torch

from mmpose_lrfg.models.layers import ImplicitAdd, ImplicitMultiply


def test_vectors_are_learnt_and_do_not_depend_on_the_input():
    x = torch.randn(2, 3, 4, 4)
    add, multiply = ImplicitAdd(3), ImplicitMultiply(3)
    torch.testing.assert_close(add(x) - x, add.vector.expand_as(x), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(multiply(torch.ones_like(x)), multiply.vector.expand_as(x))
    assert abs(add.vector.mean()) < 0.1
    assert abs(multiply.vector.mean() - 1) < 0.1
    multiply(add(x)).sum().backward()
    assert add.vector.grad.abs().min() > 0 and multiply.vector.grad.abs().min() > 0
