"""`torch.version`: the PyTorch release whose behaviour this package has."""

__version__ = "2.13.0"
cuda = None
hip = None
xpu = None
debug = False
git_version = "loxley"
