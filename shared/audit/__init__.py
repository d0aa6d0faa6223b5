"""The audit log of a service: a Merkle tree of what was shown and changed, which nobody can alter unseen.

Each answer adds one leaf to it before it leaves the service. The log signs what it has grown to as a checkpoint, and
bureaus that saw it grow cosign that, so that it cannot tell one past to one bureau and another to another. In the tree
are digests; who may open them, and what was shown, is told beside it.
"""
