"""HA sensors to signed watts with an age."""

from .home import HomeSources
from .recipe import renamed
from .values import Problem, power_of

__all__ = ["HomeSources", "Problem", "power_of", "renamed"]
