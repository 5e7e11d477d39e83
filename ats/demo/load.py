"""Loading the demo: every step leaves alone what is there already."""

from django.db import transaction

from ats.demo import crowd, hiring, interviews, letters, people, positions, tenants
from companies.models import Company


@transaction.atomic
def load(candidates: int = 0) -> list[Company]:
    """Make the demo's companies complete and return them; ``candidates`` is how many Acme has at least."""
    acme = tenants.make("acme", "Acme GmbH", ["Acme Berlin GmbH", "Acme Wien GmbH"])
    tenants.connect_mail(acme)
    tenants.furnish(acme)
    for opening in positions.ACME:
        hiring.open_position(acme, opening)
    for person in people.ACME:
        hiring.take_in(acme, person)
    interviews.arrange(acme)
    letters.leave_unsorted(acme, people.STRANGERS)
    crowd.add(acme, candidates)
    globex = tenants.make("globex", "Globex Logistik GmbH")
    for opening in positions.GLOBEX:
        hiring.open_position(globex, opening)
    return [acme, globex]
