"""Attacks on a real mesh by a participant that holds nothing but its own NKEY.

After each act the same is checked: are all streams and consumers unchanged, did the attacker receive
bytes of others, did others receive bytes of the attacker, and are all others still answered. A test reports all
violations as one list of `act: what it broke`.

network     the mesh: DE and PL have a gateway, FR (the attacker) and IT (absent) have none
interests   the subjects with a subscriber, listed by the server
attacker    a plain nats-py connection that keeps every byte it receives
observer    the state of JetStream, before and after; repairs it, so that one report lists all violations
victims     connections of other participants that detect bytes of the attacker
witness     officers of DE and PL who search and exchange messages over HTTP
runner      runs acts and narrows a violation down to the act that causes it
"""
