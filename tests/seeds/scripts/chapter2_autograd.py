import torch

# set requires_grad=True for a tensor to enable autograd
x = torch.tensor([1.], requires_grad=True)
y = torch.tensor([2.], requires_grad=True)

# perform arithmetic operation with tensors
z = x + y

# compute the gradients of the output with respect to inputs
z.backward()

print(x.grad)  # tensor([1.])
print(y.grad)  # tensor([1.])
