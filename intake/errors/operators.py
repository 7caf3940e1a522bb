"""What somebody typed or prepared at the command line; `faults` lists all at once."""

from intake.errors.base import IntakeError


class Operator(IntakeError):
    """What somebody typed or prepared at the command line. `faults`: one German sentence each, all of them at once."""

    status = 422
    code = "operator"

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class DraftFaulty(Operator):
    """The sources of a directory contradict each other or say what we do not understand."""

    code = "draft"


class FlowRulesFaulty(Operator):
    """The table of information flows has a word that we do not know."""

    code = "rules"


class RegionsFaulty(Operator):
    """A region table or an import file is not in the form that we know."""

    code = "regions"


class SeedFileFaulty(Operator):
    """A file with a secret seed is missing, readable for others, or not in our form."""

    code = "seed_file"
