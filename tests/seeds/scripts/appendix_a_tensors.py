import torch

# zero-dimensional (scalar) tensor
tensor0d = torch.tensor(1)

# one-dimensional tensor
tensor1d = torch.tensor([1, 2, 3])

# two-dimensional tensor
tensor2d = torch.tensor([[1, 2, 3], [1, 2, 3]])

# three-dimensional tensor
tensor3d = torch.tensor([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
