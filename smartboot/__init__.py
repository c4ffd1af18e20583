"""smartboot: bootstrap data for device management on SIM and UICC cards.

Reads, writes, checks and emulates the bootstrap files of OMA Client Provisioning, OMA DM 1.x and
2.0 and OMA LwM2M. The rooms of the package and what each may import are listed in
``docs/architecture.md``.
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
