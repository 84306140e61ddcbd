"""What cannot be rewritten unseen: Merkle trees in tiles, signed notes and checkpoints, witnesses, receipts, keys.

The formats are those of the C2SP specifications (tlog-tiles, signed-note, tlog-checkpoint, tlog-cosignature,
tlog-witness, tlog-policy, tlog-proof) over the tree of RFC 6962. Nothing here knows what an entry says.
"""
