"""Attacks on a real mesh by a participant that holds nothing but its own NKEY.

Each act is followed by the same questions: are all streams and consumers what they were, did the attacker receive
bytes of others, did others receive bytes of the attacker, and is everybody else still answered. A test reports all
violations as one list of `act: what it broke`.

network     the mesh: DE and PL have a gateway, FR (the attacker) and IT (away) have none
interests   the subjects that anybody listens on, from the server itself
attacker    a plain nats-py connection that keeps every byte it receives
observer    the state of JetStream, before and after; repairs it, so that one report lists all violations
victims     connections of others that detect bytes of the attacker
witness     officers of DE and PL who search and exchange messages over HTTP
judge       runs acts and narrows a violation down to the act that causes it
"""
