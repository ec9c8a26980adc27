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
