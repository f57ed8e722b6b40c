"""HA sensors to signed watts with an age."""

from .checked import ISSUES, CheckedSources
from .home import HomeSources
from .recipe import renamed
from .values import Problem, power_of

__all__ = [
    "ISSUES",
    "CheckedSources",
    "HomeSources",
    "Problem",
    "power_of",
    "renamed",
]
