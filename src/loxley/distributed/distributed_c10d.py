"""`torch.distributed.distributed_c10d`: groups and everything that runs on them, in one place."""

# ruff: noqa: F401 - what `__all__` gathers

from .collectives import (
    all_gather,
    all_gather_into_tensor,
    all_reduce,
    all_reduce_coalesced,
    all_to_all,
    all_to_all_single,
    barrier,
    broadcast,
    gather,
    monitored_barrier,
    reduce,
    reduce_scatter,
    reduce_scatter_tensor,
    scatter,
)
from .constants import default_pg_nccl_timeout, default_pg_timeout
from .groups import (
    Backend,
    GroupMember,
    ProcessGroup,
    ReduceOp,
    Work,
    _pg_map,
    destroy_process_group,
    get_backend,
    get_backend_config,
    get_default_backend_for_device,
    get_global_rank,
    get_group_rank,
    get_node_local_rank,
    get_pg_count,
    get_process_group_ranks,
    get_rank,
    get_world_size,
    group,
    init_process_group,
    is_initialized,
    new_group,
    new_subgroups,
)
from .groups import default_group as _get_default_group
from .object_collectives import (
    all_gather_object,
    broadcast_object_list,
    gather_object,
    scatter_object_list,
)
from .point_to_point import (
    P2POp,
    batch_isend_irecv,
    irecv,
    isend,
    recv,
    recv_object_list,
    send,
    send_object_list,
)
from .rendezvous import register_rendezvous_handler, rendezvous
from .stores import (
    DistBackendError,
    DistError,
    DistNetworkError,
    DistStoreError,
    FileStore,
    HashStore,
    PrefixStore,
    QueueEmptyError,
    Store,
    TCPStore,
)

all_gather_single = all_gather_into_tensor
reduce_scatter_single = reduce_scatter_tensor

__all__ = sorted(
    name
    for name, value in list(globals().items())
    if not name.startswith("_") and (callable(value) or name.startswith("default_pg"))
)
