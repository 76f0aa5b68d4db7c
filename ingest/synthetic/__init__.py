"""Returns a city made up from a seed: what its departments send, what its gateways hold, what is wrong with it.

``make_city`` writes the drops and the manifest, ``simulator.serve`` answers as the two gateways do. Nothing in here
imports the code that reads, judges or publishes: planted and found faults are two independent accounts.
"""

from ingest.synthetic.city import close_as_of, make_city, write_gateways_yaml
from ingest.synthetic.manifest import Manifest

__all__ = ["Manifest", "close_as_of", "make_city", "write_gateways_yaml"]
