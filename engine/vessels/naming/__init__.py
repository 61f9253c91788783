"""Names of portal branches and hepatic veins."""

from engine.vessels.naming.naming import NamedBranch, branch_share, name_hepatic, name_portal

__all__ = ["NamedBranch", "branch_share", "name_hepatic", "name_portal"]
