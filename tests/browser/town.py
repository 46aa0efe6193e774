"""A municipality that is open: the product on a weekday morning, and a site of another host with its chat."""

from __future__ import annotations

import re
from dataclasses import dataclass

from municipal_site import Site

from routing.catalogue import Catalogue
from tests.conftest import Server
from tests.office import Office

REFERENCE = re.compile(r"LK-\d{4}-\d{6}-\d\d")


@dataclass
class Town:
    """The product on a weekday morning, its store, and a site of another host that shows the chat."""

    server: Server
    office: Office
    site: Site

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def catalogue(self) -> Catalogue:
        return self.office.catalogue
