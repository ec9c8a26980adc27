"""`torch.distributed._composable`: the former home of `fully_shard`."""
