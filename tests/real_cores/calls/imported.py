"""A module that never comes to its end."""

from bottom import bottom

bottom()
