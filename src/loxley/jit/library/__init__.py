"""The library's functions and modules, written for TorchScript.

Each function here stands for one of `nn.functional`, or for a method of modules of `nn`: what is
scripted calls it, what is traced runs it, so that nothing but operators of TorchScript remains.
"""
