"""The audit log of a service: a Merkle tree of what was shown and changed, in which tampering is detectable.

Each answer appends one leaf before it leaves the service. The log signs checkpoints, and bureaus that saw it grow
cosign them, so that it cannot show a split view unnoticed. A leaf has digests; `queries` decides who may open them.
"""
