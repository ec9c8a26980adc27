import torch

# create a 3-dimensional tensor
tensor = torch.tensor([[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]])
print(tensor)

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

import torch
import torch.nn as nn

# define a simple neural network
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(2, 10)
        self.fc2 = nn.Linear(10, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = self.fc2(x)
        return x

# create an instance of the neural network
torch.manual_seed(123)
net = Net()

# forward pass with some input data
input_data = torch.tensor([[1., 2.]])
output = net(input_data)

print(output)  # tensor([[-0.3888]], grad_fn=<AddmmBackward>)
